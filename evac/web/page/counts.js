/* Who is here, who is expected, and who is not yet here: from the roster and this phone's own events. */

import { fold } from './events.js';
import * as outbox from './outbox.js';
import { session } from './session.js';

const GONE = ['exempt', 'withdrawn', 'returned', 'closed', 'deceased', 'purged', 'merged'];
const STAYS = ['sheltered', 'return_allowed', 'return_held']; // of who is at a shelter, as evac.web.roster_pack counts
const SAFE = ['sheltered', 'dispersed', 'ashore', 'medical', 'return_allowed', 'return_held'];

/* Code -> {state, place} of everybody whom this phone knows, and of nobody else. */
export function standing(code) {
  const person = session.roster && session.roster.byCode.get(code);
  const start = person ? { state: person.state, place: person.place } : { state: 'registered', place: '' };
  return fold(start, outbox.eventsOf(code));
}

function isHere(now) {
  return STAYS.indexOf(now.state) >= 0 && now.place === session.place;
}

/* People here who are not on the roster: as the server counted them, moved by what this phone wrote since. */
function othersHere(mine, known) {
  const counted = session.roster ? session.roster.others[session.place] : undefined;
  const before = counted === undefined ? new Set() : outbox.acknowledgedBy(session.fetched);
  let here = counted || 0;
  mine.forEach((events, code) => {
    if (known.has(code)) return;
    const start = { state: 'registered', place: '' };
    here += Number(isHere(fold(start, events))) - Number(isHere(fold(start, events.filter((e) => before.has(e.event_id)))));
  });
  return Math.max(0, here);
}

export function summary() {
  const mine = new Map();
  outbox.recent().forEach((event) => {
    if (!mine.has(event.code)) mine.set(event.code, []);
    mine.get(event.code).push(event);
  });
  const found = { here: 0, others: 0, expected: 0, missing: [], states: {}, due: 0 };
  const people = session.roster ? session.roster.people : [];
  const known = new Set();
  people.forEach((person) => {
    known.add(person.code);
    const events = mine.get(person.code);
    const now = events ? fold({ state: person.state, place: person.place }, events) : person;
    found.states[now.state] = (found.states[now.state] || 0) + 1;
    if (isHere(now)) found.here += 1;
    if (person.stay === 'shelter' && person.bound === session.place && GONE.indexOf(now.state) < 0) {
      found.expected += 1;
      if (SAFE.indexOf(now.state) < 0) found.missing.push(person);
    }
  });
  found.others = othersHere(mine, known);
  found.here += found.others;
  return found;
}

/* Expected and not here, by household: [[person, ...], ...], the weak first. */
export function missingHomes(filter) {
  const homes = new Map();
  summary().missing.forEach((person) => {
    const key = person.village + '/' + person.home;
    if (!homes.has(key)) homes.set(key, []);
    homes.get(key).push(person);
  });
  const wanted = (filter || '').trim();
  const weakFirst = (a, b) => b.weak.length - a.weak.length;
  return Array.from(homes.values(), (home) => home.sort(weakFirst))
    .filter((home) => !wanted || home.some((p) => (p.name + p.home + p.villageName).indexOf(wanted) >= 0))
    .sort((a, b) => b.filter((p) => p.weak.length).length - a.filter((p) => p.weak.length).length
      || (a[0].village + a[0].home < b[0].village + b[0].home ? -1 : 1));
}
