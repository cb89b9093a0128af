/* Trusted time: the device's clock plus the offset of the last sync, never before that sync (evac.log.trusted_time). */

import * as database from './database.js';

let held = { offset: 0, synced: 0, seen: 0 };

export async function load() {
  held = Object.assign(held, await database.get('clock'));
}

/* Milliseconds; whole, so that microseconds are exact. */
export function trusted(device = Date.now()) {
  return Math.max(device + held.offset, held.synced);
}

/* Trusted time that no turning back of the clock can undo: what rosters expire by. */
export function latest() {
  held.seen = Math.max(held.seen, trusted());
  return held.seen;
}

export async function keep() {
  latest();
  await database.put('clock', held);
}

/* The server said `now` between two readings of this device's clock. */
export async function measured(now, before, after) {
  held.offset = Math.round(now - (before + after) / 2);
  held.synced = Math.floor(now);
  held.seen = held.synced; // the server knows better than a clock that was ahead
  await database.put('clock', held);
}

export function offset() {
  return held.offset;
}

export function synced() {
  return held.synced;
}
