/* What happened here and is not yet known to the server. Only what was acknowledged leaves; nothing is ever overwritten. */

import * as clock from './clock.js';
import * as database from './database.js';
import { newId } from './events.js';
import { seal, unseal } from './vault.js';

const KEPT = 30; // acknowledged events kept for an undo after the roster has taken them in
let records = [];
let listeners = [];
let turn = Promise.resolve();

/* One after another: two quick scans must not draw one number. */
function inTurn(work) {
  const mine = turn.then(work, work);
  turn = mine.catch(() => {});
  return mine;
}

export function onChange(listener) {
  listeners.push(listener);
}

function tell() {
  listeners.forEach((listener) => listener());
}

/* All that is on disk, another tab's included. */
export function load() {
  return inTurn(readAll);
}

async function readAll() {
  const rows = await database.outbox();
  const known = new Map(records.map((r) => [r.id, { event: r.event, person: r.person, acknowledged: r.acknowledged }]));
  const read = [];
  for (const row of rows) {
    const content = known.get(row.id) || (await unseal(row));
    read.push(Object.assign({}, row, content));
  }
  records = read.sort((a, b) => a.counter - b.counter);
  tell();
}

export function clear() {
  records = [];
  listeners = [];
}

/* Events by this phone that the roster does not show yet, in order. */
export function recent() {
  return records.filter((r) => r.state !== 'old' && r.state !== 'refused').map((r) => r.event);
}

/* Ids of the events that were acknowledged before a roster was asked for, so that its counts have them. */
export function acknowledgedBy(since) {
  return new Set(records.filter((r) => r.state === 'sent' && r.at <= since).map((r) => r.id));
}

export function eventsOf(code) {
  return recent().filter((event) => event.code === code);
}

/* The newest thing that this phone wrote down of somebody and that holds: acknowledged or to be sent, not undone, not in the roster yet. */
export function newestOf(code) {
  const mine = records.filter((r) => r.event.code === code && (r.state === 'waiting' || r.state === 'sent')).map((r) => r.event);
  const void_ = new Set(mine.filter((e) => e.kind === 'undone').map((e) => e.target));
  return mine.filter((e) => e.kind !== 'undone' && e.kind !== 'registered' && !void_.has(e.event_id)).pop() || null;
}

export function waiting() {
  return records.filter((r) => r.state === 'waiting');
}

/* What the server did not take: refused, invalid or conflicting, with its reason. Stays until a person has seen to it. */
export function troubled() {
  return records.filter((r) => ['refused', 'invalid', 'conflicting'].indexOf(r.state) >= 0);
}

/* Events that the server has, of people whose details it did not take: somebody must write them in. */
export function withoutDetails() {
  return records.filter((r) => r.state === 'sent' && r.reason === 'details');
}

/* Whether a row (of the disk or of here) must not be lost: unsent, in trouble, or acknowledged without its details. */
export function needed(row) {
  return ['old', 'sent'].indexOf(row.state) < 0 || (row.state === 'sent' && row.reason === 'details');
}

/* How many are not yet done with. */
export function left() {
  return records.filter(needed).length;
}

export function all() {
  return records.slice();
}

/* Writes events down, all or none, and answers when they are on disk. `drafts`: [{kind, code, ...}]. */
export function add(drafts, context) {
  return inTurn(() => written(drafts, context));
}

async function written(drafts, context) {
  for (;;) {
    const last = (await database.get('counter')) || 0;
    const device = Date.now();
    const trusted = clock.trusted(device);
    const made = drafts.map((draft, n) => {
      const { person, ...told } = draft;
      const event = Object.assign({
        actor: context.actor, counter: last + 1 + n, device: context.device, device_at: device * 1000,
        event_id: newId(trusted + n), mode: context.mode, place: context.place, trusted_at: trusted * 1000,
      }, told);
      return { event, person: person || null, acknowledged: 0 };
    });
    const rows = [];
    for (const content of made) {
      const box = await seal(content);
      rows.push(Object.assign({ id: content.event.event_id, counter: content.event.counter, state: 'waiting', reason: '' }, box));
    }
    const kept = await database.write(async (meta, box, wait) => {
      const now = (await wait(meta.get('counter'))) || 0;
      if (now !== last) return false; // another tab was faster: number them anew
      meta.put(last + rows.length, 'counter');
      rows.forEach((row) => box.add(row));
      return true;
    });
    if (kept) {
      records = records.concat(rows.map((row, n) => Object.assign({}, row, made[n])));
      tell();
      return made.map((content) => content.event);
    }
    await readAll();
  }
}

/* `answers`: Map of event id -> [state, reason]; what is not in it stays as it is. */
export function settle(answers) {
  return inTurn(async () => {
    const at = clock.trusted();
    await database.write(async (meta, box, wait) => {
      for (const [id, [state, reason]] of answers) {
        const row = await wait(box.get(id));
        if (row) box.put(Object.assign(row, { state, reason, at }));
      }
    });
    records = records.map((record) => {
      const answer = answers.get(record.id);
      return answer ? Object.assign({}, record, { state: answer[0], reason: answer[1], at }) : record;
    });
    tell();
  });
}

/* A roster that was asked for at `since` shows whatever was acknowledged before, of the people on it. */
export function covered(since, onRoster) {
  return inTurn(async () => {
    const done = records.filter((r) => r.state === 'old' || (r.state === 'sent' && r.at <= since && onRoster(r.event.code)));
    const kept = new Set(done.slice(-KEPT).map((r) => r.id));
    const gone = done.filter((r) => !kept.has(r.id));
    await database.write(async (meta, box, wait) => {
      gone.forEach((r) => box.delete(r.id));
      for (const id of kept) {
        const row = await wait(box.get(id));
        if (row) box.put(Object.assign(row, { state: 'old' }));
      }
    });
    const away = new Set(gone.map((r) => r.id));
    records = records.filter((r) => !away.has(r.id))
      .map((r) => (kept.has(r.id) ? Object.assign({}, r, { state: 'old' }) : r));
    tell();
  });
}

/* A phone that was emptied goes on after the highest number that the server has seen of it. */
export async function startAfter(counter) {
  await database.write(async (meta, box, wait) => {
    const now = (await wait(meta.get('counter'))) || 0;
    if (counter > now && Number.isSafeInteger(counter)) meta.put(counter, 'counter');
  });
}
