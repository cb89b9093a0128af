/* Who this phone is, and what it was given to work with: login, roster, keys, and their end. */

import * as clock from './clock.js';
import { readRevocations, readRing, unbase64 } from './codes.js';
import * as database from './database.js';
import * as outbox from './outbox.js';
import { Roster, expiryOf, readPack } from './roster.js';
import * as vault from './vault.js';

export const session = {
  login: null, // {token, device, prefix}
  actor: '',
  place: '',
  roster: null,
  expires: 0,
  fetched: 0,
  held: { ring: {}, revoked: null, event: '', drill: null, sites: [] },
  ended: '', // why there is no roster: '', 'expired' or 'revoked'
  persistent: null,
};

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
    return { token: told.t, device: told.d, prefix: told.p, actor: told.a || '', place: told.s || '' };
  } catch (error) {
    return null;
  }
}

async function keep() {
  const { login, actor, place } = session;
  await database.put('login', await vault.seal({ login, actor, place }));
}

export async function logIn(told) {
  const { token, device, prefix } = told;
  const before = session.login;
  if (before && before.device !== device && outbox.waiting().length) throw new Error('unsent');
  session.login = { token, device, prefix };
  session.actor = told.actor || session.actor;
  session.place = told.place || session.place;
  session.ended = '';
  await database.put('roster_key', await vault.rosterKey(token));
  await keep();
  if (navigator.storage && navigator.storage.persist) session.persistent = await navigator.storage.persist();
}

export async function onDuty(actor, place) {
  session.actor = actor;
  session.place = place;
  await keep();
}

/* What was kept, after a reload. */
export async function restore() {
  await clock.load();
  const kept = await database.get('login');
  if (kept) Object.assign(session, await vault.unseal(kept));
  session.ended = (await database.get('ended')) || '';
  session.fetched = (await database.get('fetched')) || 0;
  await takeKeys(await database.get('keys'));
  await outbox.load();
  await openPack();
  if (navigator.storage && navigator.storage.persisted) session.persistent = await navigator.storage.persisted();
}

async function openPack() {
  const bytes = await database.get('pack');
  const key = await database.get('roster_key');
  if (!bytes || !key) return;
  if (clock.latest() >= expiryOf(bytes)) {
    await end('expired');
    return;
  }
  await take(await readPack(bytes, key), expiryOf(bytes));
}

async function take(content, expires) {
  const roster = new Roster(content);
  session.roster = roster;
  session.expires = expires;
  session.held.event = roster.event;
  session.held.drill = roster.drill;
  if (roster.keys) await takeKeys({ keys: roster.keys, revocations: roster.revocations });
}

/* A new roster from the server, asked for at trusted time `since`. */
export async function newPack(bytes, since) {
  const key = await database.get('roster_key');
  const content = await readPack(bytes, key);
  if (clock.latest() >= expiryOf(bytes)) {
    await end('expired');
    return;
  }
  await database.write((meta) => {
    meta.put(bytes, 'pack');
    meta.put(since, 'fetched');
    meta.delete('ended');
  });
  session.fetched = since;
  session.ended = '';
  await take(content, expiryOf(bytes));
  await outbox.startAfter(session.roster.counter);
  await outbox.covered(since, (code) => session.roster.byCode.has(code) || /^0{26}$/.test(code));
}

/* Public keys and the revocation list; a list that goes back is not taken. */
export async function takeKeys(told) {
  if (!told) return;
  const ring = await readRing(told.keys);
  if (Object.keys(ring).length) session.held.ring = ring;
  const list = told.revocations ? await readRevocations(unbase64(told.revocations), session.held.ring) : null;
  const before = session.held.revoked;
  const newer = list && (!before || list.event !== before.event || list.version > before.version);
  if (newer) session.held.revoked = list;
  const kept = await database.get('keys');
  if (!kept || newer || (told.keys && told.keys !== kept.keys)) {
    await database.put('keys', {
      keys: told.keys || (kept && kept.keys) || '',
      revocations: newer || !kept ? told.revocations || '' : kept.revocations,
    });
  }
}

/* The roster's time is over, or the device was shut out: names and keys go, what is unsent stays. */
export async function end(why) {
  await database.write((meta) => {
    meta.delete('pack');
    meta.delete('roster_key');
    meta.put(why, 'ended');
  });
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

/* Log out: nothing is left. Whoever calls it has asked about what is unsent. */
export async function logOut() {
  outbox.clear();
  await database.destroy();
  vault.forget();
  Object.assign(session, { login: null, actor: '', place: '', roster: null, fetched: 0, ended: '' });
}
