/* Safety codes judged offline: the same verdicts as evac.codes.judge, held together by vectors in the tests. */

const BASE45 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/* blanks and every dash that a Chinese keyboard writes, as evac.crockford.DASHES has them */
const DASHES = /[\s\u001c-\u001f\u0085\u2010-\u2015\u2212\u2e3a\u2e3b-]/g;
const PREFIX = 'EV1:';
const LONGEST = 400;
const PAYLOAD = 30;
const SIGNATURE = 64;
const KNOWN_FLAGS = 1;
const ED25519 = 1;
const LIST_HEAD = 31;
const ALWAYS = Date.UTC(1970, 0, 1);
const FOREVER = Date.UTC(2100, 0, 1);
/* order of the group, little-endian (RFC 8032): a signature whose S is not below it is another form of a good one */
const ORDER = '10000000000000000000000000000000' + '14def9dea2f79cd65812631a5cf5d3ed';

export function hex(bytes) {
  return Array.from(bytes, (b) => (b < 16 ? '0' : '') + b.toString(16)).join('');
}

export function unhex(text) {
  return Uint8Array.from((text.match(/../g) || []).map((pair) => parseInt(pair, 16)));
}

export function base64(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 1) text += String.fromCharCode(bytes[i]);
  return btoa(text);
}

export function unbase64(text) {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

/* Bytes of base45 text (RFC 9285); null where it is none. */
export function base45Decode(text) {
  const digits = Array.from(text, (c) => BASE45.indexOf(c));
  if (digits.length % 3 === 1 || digits.indexOf(-1) >= 0) return null;
  const out = [];
  for (let i = 0; i < digits.length; i += 3) {
    const whole = i + 2 < digits.length;
    const number = digits[i] + 45 * digits[i + 1] + (whole ? 2025 * digits[i + 2] : 0);
    if (number > (whole ? 0xffff : 0xff)) return null;
    if (whole) out.push(number >> 8);
    out.push(number & 255);
  }
  return Uint8Array.from(out);
}

/* The 26 characters of a code's 16 bytes. */
export function codeOfBytes(bytes) {
  let text = '';
  let bits = 2; // 130 bits of characters for 128 of code: two zero bits come first
  let held = 0;
  for (let i = 0; i < 16; i += 1) {
    held = (held << 8) | bytes[i];
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += CROCKFORD[(held >> bits) & 31];
    }
    held &= 31;
  }
  return text;
}

/* The 16 bytes of a code; null where it is none. */
export function bytesOfCode(code) {
  if (code.length !== 26) return null;
  const out = new Uint8Array(16);
  let held = 0;
  let bits = -2;
  let n = 0;
  for (let i = 0; i < 26; i += 1) {
    const value = CROCKFORD.indexOf(code[i]);
    if (value < 0 || (i === 0 && value > 7)) return null;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out[n] = (held >> bits) & 255;
      n += 1;
    }
  }
  return out;
}

function checkCharacter(text) {
  let total = 0;
  for (let i = 0; i < text.length; i += 1) {
    const mixed = total ^ CROCKFORD.indexOf(text[i]);
    total = (mixed << 1) ^ (mixed & 16 ? 37 : 0);
  }
  return CROCKFORD[total];
}

export function shortCode(code) {
  const tail = code.slice(-10);
  return tail + checkCharacter(tail);
}

export function grouped(short) {
  return short.slice(0, 4) + '-' + short.slice(4, 8) + '-' + short.slice(8);
}

/* The short code that was typed in its one form; null where the check character does not fit. */
export function parseShortCode(typed) {
  const plain = typed.normalize('NFKC').toUpperCase().replace(DASHES, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  if (plain.length !== 11 || Array.from(plain).some((c) => CROCKFORD.indexOf(c) < 0)) return null;
  return checkCharacter(plain.slice(0, 10)) === plain[10] ? plain : null;
}

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/* Whether an Ed25519 signature fits; stricter than the library underneath, as OpenSSL is: S must be below the order. */
export function holds(publicKey, message, signature) {
  if (signature.length !== SIGNATURE || publicKey.length !== 32) return false;
  const s = hex(Array.from(signature.subarray(32)).reverse());
  if (s >= ORDER) return false;
  return self.nacl.sign.detached.verify(message, signature, publicKey);
}

function moment(text, otherwise) {
  return text ? Date.parse(text) : otherwise;
}

/* Key ring of the text that KeyRing.to_json writes, or of a list of bare public keys. */
export async function readRing(text) {
  const found = JSON.parse(text || '{"keys":[]}');
  const ring = {};
  for (const row of found.keys) {
    const key = unhex(row.public);
    const kid = '01' + hex((await sha256(key)).subarray(0, 2));
    if (row.kid && row.kid !== kid && row.kid.slice(0, 2) === '01') throw new Error('the key id does not fit the key');
    ring[row.kid || kid] = {
      key,
      event: row.event || '',
      from: moment(row.valid_from, ALWAYS),
      until: moment(row.valid_until, FOREVER),
      retired: moment(row.retired_at, null),
      stolen: moment(row.stolen_at, null),
      drill: Boolean(row.drill),
    };
  }
  return ring;
}

/* The signed revocation list; null where no key in force signed it. */
export async function readRevocations(bytes, ring) {
  if (bytes.length < LIST_HEAD || String.fromCharCode(...bytes.subarray(0, 4)) !== 'EVR1') return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const record = ring[hex(bytes.subarray(4, 7))];
  const count = view.getUint32(27);
  const end = LIST_HEAD + 8 * count;
  if (!record || bytes.length !== end + SIGNATURE) return null;
  if (!holds(record.key, bytes.subarray(0, end), bytes.subarray(end))) return null;
  const issued = view.getUint32(19) * 1000;
  const signsUntil = Math.min(record.until, record.retired === null ? FOREVER : record.retired);
  if (record.stolen !== null || issued < record.from || issued >= signsUntil) return null;
  const digests = new Set();
  for (let at = LIST_HEAD; at < end; at += 8) digests.add(hex(bytes.subarray(at, at + 8)));
  return {
    event: hex(bytes.subarray(7, 15)), version: view.getUint32(15), expires: view.getUint32(23) * 1000, digests,
  };
}

async function eventDigest(event) {
  return hex((await sha256(new TextEncoder().encode(event))).subarray(0, 8));
}

async function revokes(list, code) {
  const raw = bytesOfCode(code);
  const message = new Uint8Array(20);
  message.set([69, 86, 82, 49]);
  message.set(raw, 4);
  return list.digests.has(hex((await sha256(message)).subarray(0, 8)));
}

function unwrap(text, sites) {
  if (!text.trim()) return { finding: 'empty' };
  if (!text.startsWith(PREFIX)) {
    if (PREFIX.startsWith(text)) return { finding: 'truncated' };
    return unsigned(text, sites);
  }
  if (text.length > LONGEST) return { finding: 'too_long' };
  const body = text.slice(PREFIX.length);
  if (!body) return { finding: 'truncated' };
  const bytes = base45Decode(body);
  if (bytes) return { bytes };
  const whole = base45Decode(body.slice(0, body.length - (body.length % 3)));
  return { finding: whole ? 'truncated' : 'damaged' };
}

function unsigned(text, sites) {
  for (const site of sites) {
    const start = site.replace(/\/$/, '') + '/';
    const code = text.slice(start.length).toUpperCase();
    if (text.startsWith(start) && code.length === 26) {
      if (bytesOfCode(code)) return { finding: 'unsigned', code };
      break;
    }
  }
  return { finding: 'other_qr' };
}

function ticketOf(payload) {
  const view = new DataView(payload.buffer, payload.byteOffset, PAYLOAD);
  const from = view.getUint32(23) * 1000;
  return {
    county: String((payload[4] << 16) | (payload[5] << 8) | payload[6]).padStart(6, '0'),
    code: codeOfBytes(payload.subarray(7, 23)),
    from,
    until: from + view.getUint16(27) * 3600000,
    drill: Boolean(payload[29] & 1),
  };
}

/* What a scanned text is worth. `now` in milliseconds; `held`: {ring, revoked, event, drill, sites}. */
export async function judge(text, held, now) {
  const found = unwrap(text, held.sites || []);
  if (found.finding) return Object.assign({ code: '', cautions: [] }, found);
  const bytes = found.bytes;
  const no = (finding) => ({ finding, code: '', cautions: [] });
  if (!bytes.length) return no('empty');
  if (bytes[0] !== 1) return no('other_version');
  if (bytes.length <= PAYLOAD) return no('truncated');
  const payload = bytes.subarray(0, PAYLOAD);
  const signature = bytes.subarray(PAYLOAD);
  if (payload[1] !== ED25519) return no('unknown_algorithm');
  if (signature.length !== SIGNATURE) return no(signature.length < SIGNATURE ? 'truncated' : 'too_long');
  const record = held.ring[hex(payload.subarray(1, 4))];
  if (!record) return no('unknown_key');
  if (!holds(record.key, payload, signature)) return no('forged');
  if (payload[29] & ~KNOWN_FLAGS) return no('other_version');
  const ticket = ticketOf(payload);
  const finding = await weigh(ticket, record, held, now);
  return { finding, ticket, code: ticket.code, cautions: await cautions(record, held, now) };
}

async function weigh(ticket, record, held, now) {
  const exercise = ticket.drill || record.drill;
  const end = Math.min(record.until, record.retired === null ? record.until : record.retired);
  if (record.stolen !== null && ticket.from >= record.stolen) return 'key_stolen';
  if (ticket.from < record.from || ticket.from >= end) return 'key_not_in_force';
  if (held.event && record.event && record.event !== held.event) return 'foreign_event';
  if (held.drill === false && exercise) return 'drill_code';
  if (held.drill === true && !exercise) return 'real_code';
  const list = held.revoked;
  if (list && (!record.event || list.event === await eventDigest(record.event)) && await revokes(list, ticket.code)) {
    return 'revoked';
  }
  if (now < ticket.from) return 'not_yet_valid';
  return now >= ticket.until ? 'expired' : 'accepted';
}

async function cautions(record, held, now) {
  const found = [];
  const event = held.event || record.event;
  if (!held.revoked) found.push('no_list');
  else if (event && held.revoked.event !== await eventDigest(event)) found.push('list_of_another_event');
  else if (now >= held.revoked.expires) found.push('list_expired');
  if (record.stolen !== null) found.push('key_stolen_later');
  return found.sort();
}
