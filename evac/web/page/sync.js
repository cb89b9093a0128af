/* Up: what happened, in lists, until all is acknowledged. Down: the time, the keys, the roster. May break off anywhere. */

import * as clock from './clock.js';
import * as database from './database.js';
import * as outbox from './outbox.js';
import { end, isGrid, newPack, session, takeKeys } from './session.js';
import { seal } from './vault.js';

const BATCH = 200;
const ROSTER_EVERY = 5 * 60 * 1000;
const PATIENCE = 30 * 1000;

export const status = { running: false, done: 0, of: 0, error: '', at: 0 };
const plain = new Set(); // door entries whose details the server refused: the event goes without them
const failures = new Map(); // door entry -> how often the server failed over it
const TRIES = 3;
const WAIT = [408, 429]; // the server or the way to it is busy, like all above 500: nobody's details are at fault
let turn = Promise.resolve(false);
let listener = () => {};
let tasksHeard = () => {};

export function onChange(heard) {
  listener = heard;
}

export function onTasks(heard) {
  tasksHeard = heard;
}

/* The body of the server's answer. Broken off where nothing at all comes for PATIENCE, before the answer or in the middle of it. */
async function ask(path, options) {
  const stop = new AbortController();
  let timer = 0;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(), PATIENCE);
  };
  alive();
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
    return await bodyOf(answer, alive);
  } finally {
    clearTimeout(timer);
  }
}

async function bodyOf(answer, alive) {
  const reader = answer.body.getReader();
  const parts = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    alive();
    parts.push(value);
    size += value.length;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  parts.forEach((part) => {
    whole.set(part, at);
    at += part.length;
  });
  return whole;
}

export async function told(path, options) {
  return JSON.parse(new TextDecoder().decode(await ask(path, options || {})));
}

async function readClock() {
  const before = Date.now();
  const answer = await told('clock');
  await clock.measured(answer.now / 1000, before, Date.now());
}

async function readKeys() {
  const answer = await told('keys');
  const bare = (answer.keys || []).filter((row) => /^[0-9a-f]{64}$/.test(row.public)).map((row) => ({ public: row.public }));
  const keys = JSON.stringify(answer.ring || { keys: bare });
  await takeKeys({ keys, revocations: answer.revocations || '', sites: answer.sites });
}

function answersOf(batch, said) {
  const answers = new Map();
  const acknowledged = new Set(said.stored.concat(said.repeated));
  batch.forEach((record) => {
    if (acknowledged.has(record.id)) answers.set(record.id, ['sent', plain.has(record.id) ? 'details' : '']);
  });
  said.conflicting.forEach((id) => answers.set(id, ['conflicting', '']));
  said.refused.forEach((no) => answers.set(no.event_id, ['refused', no.reason]));
  said.invalid.forEach((no) => answers.set(batch[no.index].id, ['invalid', no.reason]));
  return answers;
}

/* People added at the door, with what was typed of them; where that is not taken, the event still goes as a fact.
   A server that fails over one of them holds up nobody else. Answers who is to wait. */
async function sendDoor() {
  const later = new Set();
  for (const record of outbox.waiting().filter((r) => r.person && !plain.has(r.id))) {
    try {
      const body = JSON.stringify({ event: record.event, person: record.person });
      const said = await told('people', { method: 'POST', body });
      await outbox.settle(answersOf([record], said));
      status.done += 1;
    } catch (error) {
      if (!error.status || error.status === 401 || WAIT.indexOf(error.status) >= 0 || error.status > 500) throw error;
      const failed = (failures.get(record.id) || 0) + 1;
      failures.set(record.id, failed);
      if (error.status === 409) await outbox.settle(new Map([[record.id, ['conflicting', 'code_taken']]]));
      else if (error.status < 500 || failed >= TRIES) plain.add(record.id);
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
    let said;
    try {
      const body = JSON.stringify({ events: batch.map((record) => record.event) });
      said = await told('checkins', { method: 'POST', body });
    } catch (error) {
      if (error.status === 413 && size > 1) {
        size = Math.ceil(size / 2);
        continue;
      }
      throw error;
    }
    const answers = answersOf(batch, said);
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

/* A grid worker's words, one after the other as they were said; each is known again by when it was said, so that a repeat changes nothing. */
async function sendSaid() {
  for (const record of outbox.waiting()) {
    const { says, task, words, trusted_at } = record.event;
    try {
      const said = await told('field/said', { method: 'POST', body: JSON.stringify({ says, task, words, at: trusted_at }) });
      await outbox.settle(new Map([[record.id, ['sent', said.answer]]]));
    } catch (error) {
      if ([404, 409, 422].indexOf(error.status) < 0) throw error;
      const why = error.status === 409 && says !== 'off_duty' ? 422 : error.status; // only the end of a turn is refused to who is still out
      await outbox.settle(new Map([[record.id, ['refused', 'said_' + why]]]));
    }
    listener();
  }
}

async function readTasks() {
  if (session.ended) return; // shut out: nothing is kept until the next login
  const since = clock.trusted();
  const answer = await told('field/tasks');
  const tasks = { tasks: answer.tasks, at: since };
  await database.put('tasks', await seal(tasks));
  tasksHeard(tasks);
  await outbox.covered(since, () => true);
}

async function readRoster(force) {
  const due = clock.trusted() - session.fetched >= ROSTER_EVERY;
  if (!force && !due && session.roster) return;
  const since = clock.trusted();
  const bytes = await ask('roster?prefix=' + encodeURIComponent(session.login.prefix), {});
  // the roster shows what was acknowledged before it was asked for
  await newPack(bytes, since);
}

/* True where all went well; `status.error` says why not. Nothing where one is under way. */
export async function run(force) {
  if (status.running || !session.login) return false;
  turn = once(force);
  return turn;
}

/* One that begins now, after any that is under way: what was written down before is in it. */
export async function fresh() {
  while (status.running) await turn.catch(() => {});
  return run(false);
}

async function once(force) {
  status.running = true;
  status.error = '';
  listener();
  try {
    await outbox.load(); // another tab may have written
    await readClock();
    if (isGrid()) {
      await readTasks(); // first: a server without a log of the field refuses nothing that was said
      if (outbox.waiting().length) {
        await sendSaid();
        await readTasks();
      }
    } else {
      await sendAll();
      await readKeys();
      await readRoster(force);
    }
    status.at = clock.trusted();
    await database.put('synced', status.at);
    return true;
  } catch (error) {
    status.error = error.status ? String(error.status) : error.key || error.name === 'OperationError' ? 'key' : 'network';
    if (error.status === 401) await end('revoked');
    return false;
  } finally {
    status.running = false;
    listener();
  }
}
