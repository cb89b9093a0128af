/* Events made on this phone, and what they do to a person's state until the next roster comes. */

import { hex } from './codes.js';

const WAITING = ['registered', 'prepare', 'ordered', 'unreached', 'notified', 'refused'];
const MOVED = ['sheltered', 'dispersed', 'ashore', 'medical'];
export const NO_ONE = '0'.repeat(26); // evac.envelope.NO_ONE
const EVERYWHERE = null; // an arrival is legal from every state before the case is closed

/* Kinds that this page makes: kind -> [state after, states before]. The tests hold it against evac.state.TRANSITIONS. */
export const STEPS = {
  arrived_shelter: ['sheltered', EVERYWHERE],
  arrived_relatives: ['dispersed', EVERYWHERE],
  arrived_ashore: ['ashore', EVERYWHERE],
  departed: ['in_transit', WAITING],
  medical: ['medical', ['sheltered', 'dispersed', 'ashore', 'in_transit']],
  left: ['left', MOVED.concat('return_held')],
  returned: ['returned', ['return_allowed']],
};

export function step(before, event) {
  if (event.kind === 'returned' && MOVED.concat('return_held').indexOf(before.state) >= 0) {
    return { state: 'left', place: before.place };
  }
  const found = STEPS[event.kind];
  if (!found) return before;
  const legal = found[1] === EVERYWHERE ? ['closed', 'purged', 'merged'].indexOf(before.state) < 0
    : found[1].indexOf(before.state) >= 0;
  if (!legal) return before;
  return { state: found[0], place: MOVED.indexOf(found[0]) >= 0 ? event.place : before.place };
}

/* Whether a state is the one that a kind of event leads to. */
export function reached(kind, now) {
  return STEPS[kind][0] === now.state || (kind === 'returned' && now.state === 'left');
}

/* State of a person of the roster after this phone's own events about them. */
export function fold(start, events) {
  const void_ = new Set(events.filter((e) => e.kind === 'undone').map((e) => e.target));
  return events.filter((e) => !void_.has(e.event_id)).reduce(step, start);
}

/* 32 hexadecimal digits: milliseconds first, so that ids rise with time, then 80 random bits. */
export function newId(now) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let rest = Math.floor(now);
  for (let i = 5; i >= 0; i -= 1) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return hex(bytes);
}

/* The one form of an event's text: names sorted, and then the kind (evac.events.canonical). */
export function canonical(event) {
  const names = Object.keys(event).filter((name) => name !== 'kind').sort();
  const parts = names.map((name) => JSON.stringify(name) + ':' + JSON.stringify(event[name]));
  return '{' + parts.join(',') + ',"kind":' + JSON.stringify(event.kind) + '}';
}
