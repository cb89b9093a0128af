/* Up: what happened, in lists, until all is acknowledged. Down: the time, the keys, the roster. May break off anywhere. */

import * as clock from './clock.js';
import * as database from './database.js';
import * as outbox from './outbox.js';
import { end, newPack, session, takeKeys } from './session.js';

const BATCH = 200;
const ROSTER_EVERY = 5 * 60 * 1000;
const PATIENCE = 30 * 1000;

export const status = { running: false, done: 0, of: 0, error: '', at: 0 };
const plain = new Set(); // door entries whose details the server refused: the event goes without them
const failures = new Map(); // door entry -> how often the server failed over it
const TRIES = 3;
let listener = () => {};

export function onChange(heard) {
  listener = heard;
}

async function ask(path, options) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch('../v1/' + path, Object.assign({
      cache: 'no-store', credentials: 'omit', signal: stop.signal,
      headers: { Authorization: 'Bearer ' + session.login.token, 'Content-Type': 'application/json' },
    }, options));
    if (!answer.ok) {
      const failed = new Error('http ' + answer.status);
      failed.status = answer.status;
      throw failed;
    }
    return answer;
  } finally {
    clearTimeout(timer);
  }
}

async function readClock() {
  const before = Date.now();
  const answer = await ask('clock', {});
  const told = await answer.json();
  await clock.measured(told.now / 1000, before, Date.now());
}

async function readKeys() {
  const told = await (await ask('keys', {})).json();
  const bare = (told.keys || []).filter((row) => /^[0-9a-f]{64}$/.test(row.public)).map((row) => ({ public: row.public }));
  const keys = JSON.stringify(told.ring || { keys: bare });
  await takeKeys({ keys, revocations: told.revocations || '' });
}

function answersOf(batch, told) {
  const answers = new Map();
  const acknowledged = new Set(told.stored.concat(told.repeated));
  batch.forEach((record) => {
    if (acknowledged.has(record.id)) answers.set(record.id, ['sent', plain.has(record.id) ? 'details' : '']);
  });
  told.conflicting.forEach((id) => answers.set(id, ['conflicting', '']));
  told.refused.forEach((no) => answers.set(no.event_id, ['refused', no.reason]));
  told.invalid.forEach((no) => answers.set(batch[no.index].id, ['invalid', no.reason]));
  return answers;
}

/* People added at the door, with what was typed of them; where that is not taken, the event still goes as a fact.
   A server that fails over one of them holds up nobody else. Answers who is to wait. */
async function sendDoor() {
  const later = new Set();
  for (const record of outbox.waiting().filter((r) => r.person && !plain.has(r.id))) {
    try {
      const body = JSON.stringify({ event: record.event, person: record.person });
      const told = await (await ask('people', { method: 'POST', body })).json();
      await outbox.settle(answersOf([record], told));
      status.done += 1;
    } catch (error) {
      if (!error.status || error.status === 401 || error.status === 429) throw error;
      const failed = (failures.get(record.id) || 0) + 1;
      failures.set(record.id, failed);
      if (error.status < 500 || failed >= TRIES) plain.add(record.id);
      else later.add(record.id);
    }
    listener();
  }
  return later;
}

async function sendAll() {
  let size = BATCH;
  status.of = outbox.waiting().length;
  status.done = 0;
  const later = await sendDoor();
  for (;;) {
    const batch = outbox.waiting().filter((r) => !later.has(r.id)).slice(0, size);
    if (!batch.length) break;
    let told;
    try {
      const body = JSON.stringify({ events: batch.map((record) => record.event) });
      told = await (await ask('checkins', { method: 'POST', body })).json();
    } catch (error) {
      if (error.status === 413 && size > 1) {
        size = Math.ceil(size / 2);
        continue;
      }
      throw error;
    }
    const answers = answersOf(batch, told);
    if (!answers.size) throw new Error('nothing acknowledged');
    await outbox.settle(answers);
    status.done += answers.size;
    listener();
  }
  if (later.size) {
    const failed = new Error('later');
    failed.status = 500;
    throw failed;
  }
}

async function readRoster(force) {
  const due = clock.trusted() - session.fetched >= ROSTER_EVERY;
  if (!force && !due && session.roster) return;
  const since = clock.trusted();
  const answer = await ask('roster?prefix=' + encodeURIComponent(session.login.prefix), {});
  const bytes = new Uint8Array(await answer.arrayBuffer());
  // the roster shows what was acknowledged before it was asked for
  await newPack(bytes, since);
}

/* True where all went well; `status.error` says why not. */
export async function run(force) {
  if (status.running || !session.login) return false;
  status.running = true;
  status.error = '';
  listener();
  try {
    await readClock();
    await sendAll();
    await readKeys();
    await readRoster(force);
    status.at = clock.trusted();
    await database.put('synced', status.at);
    return true;
  } catch (error) {
    status.error = error.status ? String(error.status) : error.name === 'OperationError' ? 'key' : 'network';
    if (error.status === 401) await end('revoked');
    return false;
  } finally {
    status.running = false;
    listener();
  }
}
