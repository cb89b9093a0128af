/* The door: a code is scanned or typed, a person is shown, what happened is written down. */

import * as clock from './clock.js';
import { bytesOfCode, codeOfBytes, grouped, judge, parseShortCode, shortCode } from './codes.js';
import { standing } from './counts.js';
import { reached, step } from './events.js';
import * as outbox from './outbox.js';
import * as scan from './scan.js';
import { session } from './session.js';
import { $, feel, fill, make, option } from './ui.js';
import { CAUTIONS, FINDINGS, ofPair, say } from './words.js';

const ACTIONS = ['arrived_shelter', 'arrived_relatives', 'medical', 'arrived_ashore', 'departed', 'left', 'returned'];
const AWAY = ['arrived_relatives', 'arrived_ashore', 'medical'];
const WORDS_OF_PLACES = { arrived_relatives: '亲友家', arrived_ashore: '港口', medical: '医院' };
// events are not sealed: with whom somebody stays is told by none, the village by its code at most
const WHERE = /^\d{6}(\d{3}){0,2}$/;

let batch = false;
let last = []; // what the undo takes back: the events of the last check-in
let newcomer = '';
let pending = false; // a card waits for a touch: no other scan may slip under the finger

function context(place) {
  const mode = batch ? 'batch' : navigator.onLine ? 'proxy' : 'offline';
  return { actor: session.actor, place, device: session.login.device, mode };
}

/* Where it happened: this shelter, or for who went elsewhere the word that the head-count knows them by. */
function placeOf(kind, person) {
  if (AWAY.indexOf(kind) < 0) return session.place;
  const typed = $('away').value.trim();
  if (kind === 'arrived_relatives') return WHERE.test(typed) ? typed : WORDS_OF_PLACES[kind];
  if (typed) return typed;
  return kind === 'arrived_ashore' && person && person.stay === 'ashore' && person.bound ? person.bound : WORDS_OF_PLACES[kind];
}

/* Writes down and says so only when it is on disk. */
async function record(drafts, person) {
  const kind = drafts[drafts.length - 1].kind;
  try {
    const events = await outbox.add(drafts, context(placeOf(kind, person)));
    last = events.filter((event) => event.kind !== 'registered');
    feel('done');
    return events;
  } catch (error) {
    feel('stop');
    show('stop', make('h2', { class: 'stop-word' }, say('not_stored')), make('p', {}, String(error && error.name)));
    return null;
  }
}

function show(tone, ...inside) {
  pending = false;
  $('card').className = tone;
  fill($('card'), ...inside);
}

export function ready() {
  show('', make('p', {}, say('ready')));
}

/* A card that stays until it is touched. */
function hold(tone, ...inside) {
  show(tone, ...inside, make('button', { type: 'button', class: 'plain', onclick: ready }, say('cancel')));
  pending = true;
}

function title(person, done) {
  const marks = person.weak.length ? [make('span', { class: 'mark' }, say('priority'))] : [];
  return make('h2', {}, person.name || grouped(shortCode(person.code)), ...marks, done ? make('span', { class: 'done-word' }, ' ✓') : '');
}

function about(person) {
  const state = standing(person.code);
  const words = [person.villageName, person.category[1], person.unlisted || !session.roster ? '' : session.roster.stateWords[state.state]];
  return make('p', {}, words.filter(Boolean).join(' · '));
}

function notes(person, verdict) {
  const lines = [];
  if (person.unlisted) lines.push(say('not_listed') + ' · ' + say('not_listed_how'));
  if (person.helper) lines.push(say('helper') + ' ' + person.helper);
  if (person.stay === 'shelter' && person.bound && person.bound !== session.place) {
    const other = session.roster.shelter(person.bound);
    lines.push(say('bound_elsewhere') + (other ? other.name : person.bound));
  }
  if (verdict && verdict.finding !== 'accepted') lines.push(ofPair(FINDINGS[verdict.finding]));
  // whether there is a newer list is nothing that the door can mend: it stands under 上传
  const asides = ['no_list', 'list_expired'];
  ((verdict && verdict.cautions) || []).filter((c) => asides.indexOf(c) < 0).forEach((c) => lines.push(ofPair(CAUTIONS[c])));
  return lines.map((line) => make('p', { class: 'hint' }, line));
}

function homeRest(person) {
  const kind = $('action').value;
  if (!session.roster) return [];
  return session.roster.household(person).filter((other) => {
    const before = standing(other.code);
    return other.code !== person.code && would(before, kind, other) !== null;
  });
}

/* Whether this phone wrote this very thing down last. Nothing else is a reason to drop a check-in: a roster may be hours old. */
function repeated(person, kind) {
  const newest = outbox.newestOf(person.code);
  return Boolean(newest) && newest.kind === kind && newest.place === placeOf(kind, person);
}

/* What is said beside a check-in that changes nothing here: it is written down all the same. */
function hintOf(person, kind) {
  const before = standing(person.code);
  if (would(before, kind, person)) return '';
  return say(reached(kind, before) ? 'same_on_roster' : 'not_fitting');
}

/* State that an action would lead to; null where it changes nothing. */
function would(before, kind, person) {
  const after = step(before, { kind, place: placeOf(kind, person) });
  return after === before || (after.state === before.state && after.place === before.place) ? null : after;
}

function wholeHome(person) {
  const rest = homeRest(person);
  if (!rest.length) return '';
  const text = say('whole_home') + '(' + rest.length + ')';
  const names = rest.map((other) => other.name).join('、');
  const go = () => confirm_(rest, person);
  return make('div', {}, make('p', {}, say('household') + ' ' + rest.length + ':' + names), make('button', { type: 'button', class: 'big', onclick: go }, text));
}

async function confirm_(people, shown, verdict) {
  const kind = $('action').value;
  const hint = hintOf(shown, kind);
  const odd = people.some((person) => hintOf(person, kind) === say('not_fitting'));
  const done = await record(people.map((person) => ({ kind, code: person.code, ...extra(kind) })), people[0]);
  if (!done) return;
  const told = make('p', {}, (odd ? say('written') : '') + say(kind) + (people.length > 1 ? ' × ' + people.length : ''));
  show(odd ? '' : 'done', title(shown, !odd), told, hinted(hint), about(shown), ...notes(shown, verdict), wholeHome(shown));
}

function hinted(text) {
  return text ? make('p', { class: 'hint' }, text) : '';
}

function extra(kind) {
  return kind === 'arrived_relatives' ? { verified: false } : kind === 'departed' ? { forced_by: '' } : {};
}

/* A person with a code: at once in a batch where the roster has them, else after one touch. */
async function meet(person, verdict) {
  const kind = $('action').value;
  if (repeated(person, kind)) {
    const counts = reached(kind, standing(person.code));
    feel('again');
    show(counts ? 'done' : '', title(person, counts), make('p', {}, counts ? say('already') : say('written') + say(kind)), hinted(counts ? '' : say('not_fitting')), about(person), wholeHome(person));
    return;
  }
  if (batch && !person.unlisted) {
    await confirm_([person], person, verdict);
    return;
  }
  feel('again');
  const go = make('button', { type: 'button', class: 'big main', id: 'confirm', onclick: () => confirm_([person], person, verdict) }, say('confirm') + say(kind));
  hold('', title(person, false), about(person), hinted(hintOf(person, kind)), ...notes(person, verdict), go, wholeHome(person));
}

/* What the camera or a reader read. */
export async function heard(text) {
  if (!session.login || pending || $('newcomer').open) return;
  const verdict = await judge(text, session.held, clock.trusted());
  if (['accepted', 'unsigned', 'expired', 'not_yet_valid'].indexOf(verdict.finding) < 0 || !verdict.code) {
    refuse(verdict.finding);
    return;
  }
  const person = session.roster && session.roster.byCode.get(verdict.code);
  if (person) {
    await meet(person, verdict);
    return;
  }
  const sure = verdict.finding === 'accepted' && verdict.cautions.indexOf('key_stolen_later') < 0;
  if (sure) await meet(stranger(verdict.code), verdict);
  else refuse(verdict.finding === 'accepted' ? 'key_stolen' : verdict.finding);
}

function refuse(finding) {
  feel('stop');
  show('stop', make('h2', { class: 'stop-word' }, ofPair(FINDINGS[finding])), make('p', {}, say('let_in')), make('button', { type: 'button', class: 'big', onclick: add }, say('add_person')));
}

/* A good code that is not on this roster: registered elsewhere, so its owner has come; who they are is known where it was signed. */
function stranger(code) {
  return {
    code, name: grouped(shortCode(code)), weak: [], category: ['', ''], villageName: '', helper: '', stay: '', bound: '', home: '', village: '', unlisted: true,
  };
}

/* A code for a wristband that is written by hand: random like a printed one. */
function freshCode() {
  for (;;) {
    const code = codeOfBytes(crypto.getRandomValues(new Uint8Array(16)));
    if (!session.roster || !session.roster.byShort.has(shortCode(code))) return code;
  }
}

/* For those without a code. */
function add() {
  newcomer = freshCode();
  fill($('newcomer-how'), say('write_code'));
  fill($('newcomer-code'), grouped(shortCode(newcomer)));
  const roster = session.roster;
  fill($('new-village'), ...(roster ? roster.villages : []).map((v) => option(v[0], v[1])), option('', say('new_elsewhere')));
  const other = [['other', '其他']];
  fill($('new-category'), ...(roster ? roster.categories : other).map((c) => option(c[0], c[1])));
  $('new-category').value = 'other';
  $('new-name').value = $('new-phone').value = '';
  $('newcomer').showModal();
}

async function addGo() {
  const code = newcomer;
  if (!bytesOfCode(code)) return;
  const village = $('new-village').value;
  const category = $('new-category').value;
  const name = $('new-name').value.trim() || say('new_unnamed');
  const shown = $('new-village').selectedOptions[0];
  const person = {
    name, village, village_name: village && shown ? shown.textContent : '', phone: $('new-phone').value.replace(/[^-+0-9 ()]/g, ''),
    synthetic: session.held.drill === true,
  };
  const county = (village || session.login.prefix).slice(0, 6);
  const drafts = [{ kind: 'registered', code, county, category, at_door: true, person }, { kind: 'arrived_shelter', code }];
  $('newcomer').close();
  if (await record(drafts, null)) {
    show('done', make('h2', {}, name, make('span', { class: 'done-word' }, ' ✓')), make('p', {}, say('arrived_shelter')), make('p', {}, grouped(shortCode(code))));
  }
}

function byShort(event) {
  event.preventDefault();
  const short = parseShortCode($('short').value);
  if (!short) {
    feel('stop');
    show('stop', make('h2', { class: 'stop-word' }, say('short_bad')));
    return;
  }
  const person = session.roster && session.roster.byShort.get(short);
  if (!person) {
    feel('stop');
    show('stop', make('h2', { class: 'stop-word' }, say(session.roster ? 'short_unknown' : 'no_roster')), make('p', {}, say('short_unknown_how')));
    return;
  }
  $('short').value = '';
  $('short').blur();
  meet(person, null);
}

/* The undo is an event of its own; what was written stays written. */
async function undo() {
  const mine = last.length ? last : lastKept();
  if (!mine.length) return;
  const name = mine.map((event) => nameOf(event.code)).join('、');
  if (!self.confirm(say('undo_sure') + '\n' + name + ' ' + say(mine[0].kind))) return;
  const drafts = mine.map((event) => ({ kind: 'undone', code: event.code, target: event.event_id, place: event.place }));
  if (await record(drafts, null)) {
    last = [];
    show('', make('h2', {}, say('undone')), make('p', {}, name + ' ' + say(mine[0].kind)));
  }
  refresh();
}

function nameOf(code) {
  const person = session.roster && session.roster.byCode.get(code);
  return person ? person.name : grouped(shortCode(code));
}

/* After a reload: the newest event that is neither an undo nor undone. */
function lastKept() {
  const events = outbox.all().map((r) => r.event);
  const done = new Set(events.filter((e) => e.kind === 'undone').map((e) => e.target));
  return events.filter((e) => ACTIONS.indexOf(e.kind) >= 0 && !done.has(e.event_id)).slice(-1);
}

export function refresh() {
  const mine = last.length ? last : lastKept();
  $('undo').disabled = !mine.length;
  fill($('undo'), say('undo') + (mine.length ? ' ' + nameOf(mine[mine.length - 1].code) : ''));
  $('batch').setAttribute('aria-pressed', String(batch));
}

export function translate() {
  const kept = $('action').value || ACTIONS[0];
  fill($('action'), ...ACTIONS.map((kind) => option(kind, say(kind))));
  $('action').value = kept;
  $('action').setAttribute('aria-label', say('action'));
  $('short').placeholder = say('short_hint');
  $('search').placeholder = say('search');
  refresh();
}

async function camera() {
  $('camera-off').hidden = true;
  try {
    await scan.start($('video'), heard);
    $('torch').hidden = (await scan.torch(false)) === null;
  } catch (error) {
    fill($('camera-why'), say(self.isSecureContext ? 'camera_none' : 'insecure'));
    $('camera-off').hidden = false;
  }
}

export function enter() {
  ready();
  refresh();
  camera();
}

export function leave() {
  scan.stop();
}

export function wire() {
  translate();
  $('camera-start').addEventListener('click', camera);
  $('torch').addEventListener('click', async () => {
    const on = $('torch').getAttribute('aria-pressed') !== 'true';
    $('torch').setAttribute('aria-pressed', String((await scan.torch(on)) === true));
  });
  $('batch').addEventListener('click', () => {
    batch = !batch;
    refresh();
    ready();
  });
  $('action').addEventListener('change', () => {
    const kind = $('action').value;
    $('away').hidden = AWAY.indexOf(kind) < 0;
    $('away').value = '';
    $('away').placeholder = say('away_' + kind.replace('arrived_', ''));
    last = [];
    ready();
  });
  $('type-row').addEventListener('submit', byShort);
  $('undo').addEventListener('click', undo);
  $('blank').addEventListener('click', add);
  $('new-go').addEventListener('click', addGo);
  $('new-stop').addEventListener('click', () => $('newcomer').close());
}

/* A person of the list of those not yet here, touched there. */
export async function fromList(people) {
  return record(people.map((person) => ({ kind: 'arrived_shelter', code: person.code, place: session.place })), people[0]);
}
