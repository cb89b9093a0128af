/* Who this phone is, and what it was given to work with: login, roster, keys, and their end. */

import * as clock from './clock.js';
import { readRevocations, readRing, unbase64 } from './codes.js';
import * as database from './database.js';
import * as outbox from './outbox.js';
import { Roster, expiryOf, readPack } from './roster.js';
import { keysOf } from './sealing.js';
import * as tabs from './tabs.js';
import * as vault from './vault.js';

export const session = {
  login: null, // {token, device, prefix}
  actor: '',
  place: '',
  roster: null,
  expires: 0,
  fetched: 0,
  held: { ring: {}, revoked: null, event: '', drill: null, sites: ownSites() },
  sealing: null, // what exported files are sealed with; outlives the roster, since what is unsent does
  ended: '', // why there is no roster: '', 'expired', 'revoked' or 'key'
  persistent: null,
};

/* Where codes in their unsigned form lead, unless the server says otherwise: to the server of the login, which is this page's. */
function ownSites() {
  return [location.origin, location.origin + '/c'];
}

/* The login of a scanned or pasted link; null where it is none, an error where it is for another server. */
export function readLink(text) {
  const at = text.indexOf('#login=');
  if (at < 0) return null;
  const server = text.slice(0, at);
  if (server && server.indexOf(location.origin + '/') !== 0) throw new Error('other_server');
  try {
    const raw = unbase64(text.slice(at + 7).trim());
    const told = JSON.parse(new TextDecoder().decode(raw));
    if (!told.t || !told.d || !told.p) return null;
    return { token: told.t, device: told.d, prefix: told.p, actor: told.a || '', place: told.s || '', role: told.r || '' };
  } catch (error) {
    return null;
  }
}

function sealedLogin() {
  const { login, actor, place } = session;
  return vault.seal({ login, actor, place });
}

export async function logIn(told) {
  const { token, device, prefix } = told;
  const role = told.role || '';
  await outbox.load();
  const before = session.login;
  const changed = before && (before.device !== device || (before.role || '') !== role); // what is unsent is of that phone and role
  if (changed && outbox.waiting().length) throw new Error('unsent');
  const other = before && (changed || before.prefix !== prefix);
  session.login = { token, device, prefix, role };
  session.actor = told.actor || session.actor;
  session.place = told.place || session.place;
  session.ended = '';
  const renamed = before && before.device !== device; // the mark of one device fits no other's events
  const box = await sealedLogin();
  await database.write((meta) => {
    meta.put(box, 'login');
    meta.delete('ended');
    // the key of a renewed login comes with the first roster that it opens: until then the old one opens with the old key
    if (other) ['pack', 'roster_key', 'fetched'].forEach((name) => meta.delete(name));
    if (changed) meta.delete('tasks');
    if (renamed) ['sealing', 'sealed'].forEach((name) => meta.delete(name));
  });
  if (other) {
    session.roster = null;
    session.fetched = 0;
  }
  if (renamed) session.sealing = null;
  if (other) tabs.tell({ gone: true }); // what other tabs hold is of the login before; last, since they begin with what is there now
  if (navigator.storage && navigator.storage.persist) session.persistent = await navigator.storage.persist();
}

export async function onDuty(actor, place) {
  session.actor = actor;
  session.place = place;
  await database.put('login', await sealedLogin());
}

/* What was kept, after a reload; first of all what is unsent. One thing that cannot be read keeps nothing else from being read. */
export async function restore() {
  const steps = [outbox.load, clock.load, restoreLogin, async () => takeKeys(await database.get('keys')), openPack, async () => {
    if (navigator.storage && navigator.storage.persisted) session.persistent = await navigator.storage.persisted();
  }];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      console.info('not restored: ' + error); // the page works on with what there is
    }
  }
}

async function restoreLogin() {
  const kept = await database.get('login');
  if (kept) Object.assign(session, await vault.unseal(kept));
  session.ended = (await database.get('ended')) || '';
  session.fetched = (await database.get('fetched')) || 0;
  await readSealing();
}

/* What files are sealed with, as it is on this phone now: another tab may have fetched the first roster. */
export async function readSealing() {
  session.sealing = (await database.get('sealing')) || null;
}

async function openPack() {
  const bytes = await database.get('pack');
  const key = await database.get('roster_key');
  if (!bytes || !key) return;
  try {
    if (clock.latest() >= expiryOf(bytes)) await end('expired');
    else await take(await readPack(bytes, key), expiryOf(bytes));
  } catch (error) {
    await end('key');
  }
}

/* What a roster of the server says, and the key of this login that opened it. */
async function opened(bytes) {
  try {
    if (session.ended === 'revoked') throw new Error('revoked');
    const key = await vault.rosterKey(session.login.token);
    return [key, await readPack(bytes, key)];
  } catch (error) {
    throw Object.assign(new Error('key'), { key: true });
  }
}

async function take(content, expires) {
  const roster = new Roster(content);
  session.roster = roster;
  session.expires = expires;
  session.held.event = roster.event;
  session.held.drill = roster.drill;
  await takeKeys({ keys: roster.keys, revocations: roster.revocations, sites: content.sites });
}

/* A new roster from the server, asked for at trusted time `since`. */
export async function newPack(bytes, since) {
  if (clock.latest() >= expiryOf(bytes)) {
    await end('expired');
    return;
  }
  const [key, content] = await opened(bytes);
  const told = await keysOf(content.sealing, content.event);
  const sealing = await database.write(async (meta, box, wait) => {
    const before = await wait(meta.get('sealing'));
    // a server that was started without the event's key takes none away; that of another event fits nothing of this one
    const holds = told || (before && before.event === content.event ? before : null);
    meta.put(bytes, 'pack');
    meta.put(key, 'roster_key');
    meta.put(since, 'fetched');
    meta.put(holds, 'sealing');
    meta.delete('ended');
    return holds;
  });
  session.fetched = since;
  session.sealing = sealing;
  session.ended = '';
  await outbox.startAfter(content.counter);
  await take(content, expiryOf(bytes));
  await outbox.covered(since, (code) => session.roster.byCode.has(code) || /^0{26}$/.test(code));
}

/* Public keys and the revocation list; a list that goes back is not taken. */
export async function takeKeys(told) {
  if (!told) return;
  const ring = await readRing(told.keys);
  if (Object.keys(ring).length) session.held.ring = ring;
  const sites = Array.isArray(told.sites) && told.sites.length ? told.sites : null;
  if (sites) session.held.sites = sites;
  const list = told.revocations ? await readRevocations(unbase64(told.revocations), session.held.ring) : null;
  const before = session.held.revoked;
  const newer = list && (!before || list.event !== before.event || list.version > before.version);
  if (newer) session.held.revoked = list;
  const kept = await database.get('keys');
  if (!kept || newer || (told.keys && told.keys !== kept.keys) || (sites && String(sites) !== String(kept.sites))) {
    await database.put('keys', {
      sites: sites || (kept && kept.sites) || null,
      keys: told.keys || (kept && kept.keys) || '',
      revocations: newer || !kept ? told.revocations || '' : kept.revocations,
    });
  }
}

/* The roster's time is over, or the device was shut out: names, keys and tasks go, what is unsent stays. */
export async function end(why) {
  await database.write((meta) => {
    meta.delete('pack');
    meta.delete('roster_key');
    meta.delete('tasks');
    meta.put(why, 'ended');
  });
  dropRoster(why);
  tabs.tell({ ended: why });
}

/* What this tab holds of a roster that is gone from the phone. */
export function dropRoster(why) {
  session.roster = null;
  session.ended = why;
}

export async function expireIfDue() {
  await clock.keep();
  if (session.roster && clock.latest() >= session.expires) {
    await end('expired');
    return true;
  }
  return false;
}

/* Whether this phone is a grid worker's: tasks instead of a door. */
export function isGrid() {
  return Boolean(session.login && session.login.role === 'grid');
}

/* Log out: nothing is left. Whoever calls it has asked about `agreed` records; false, and nothing done, where there are more by now. */
export async function logOut(agreed) {
  if ((await database.destroy(outbox.needed, agreed)) > agreed) return false;
  tabs.tell({ gone: true });
  outbox.clear();
  vault.forget();
  Object.assign(session, { login: null, actor: '', place: '', roster: null, sealing: null, fetched: 0, ended: '' });
  return true;
}
