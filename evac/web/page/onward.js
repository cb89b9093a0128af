/* A full or closed door: where to (改派). Asked of the server, since this phone knows its own door alone; what was decided is an event. */

import { NO_ONE } from './events.js';
import * as outbox from './outbox.js';
import { session } from './session.js';
import * as sync from './sync.js';
import { $, feel, fill, hour, make } from './ui.js';
import { isEnglish, say } from './words.js';

const NEEDS = ['disabled', 'ill']; // what a shelter must have something for
const MOST = 500; // evac.onward.MOST_PEOPLE
let questions = 0;
let sent = null; // what was decided last: {id, node that says how far it has come}

function told(...lines) {
  fill($('onward-told'), ...lines);
}

function people() {
  const text = $('onward-people').value.trim();
  return /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST ? Number(text) : 0;
}

async function ask(event) {
  event.preventDefault();
  const count = people();
  if (!count) {
    $('onward-people').focus();
    return;
  }
  if (!navigator.onLine) {
    told(make('p', { class: 'stop-word' }, say('onward_offline')));
    return;
  }
  const needs = NEEDS.filter((need) => $('onward-' + need).checked);
  told(make('p', {}, say('onward_asking')));
  const mine = ++questions;
  try {
    if (outbox.waiting().length) await sync.fresh(); // who was sent on from here takes room there
    const body = JSON.stringify({ shelter: session.place, people: count, needs });
    const answer = await sync.told('redirect', { method: 'POST', body });
    if (mine === questions) show(answer, count);
  } catch (error) {
    if (mine !== questions) return; // asked again since
    const known = { 409: 'onward_unknown', 404: 'onward_elsewhere', 429: 'onward_busy' };
    told(make('p', { class: 'stop-word' }, say(error.status ? known[error.status] || 'onward_failed' : 'onward_offline')));
    feel('stop');
  }
}

function show(answer, count) {
  const lines = [];
  if (answer.run_issued_at) lines.push(make('p', { class: 'hint' }, say('onward_run') + hour(answer.run_issued_at / 1000) + ' – ' + hour(answer.run_until / 1000)));
  if (answer.why) lines.push(make('p', { class: 'stop-word' }, (isEnglish() ? answer.english : answer.chinese) + '。' + say('onward_none')));
  const places = answer.places.map((place) => Object.assign({}, place, { free: place.free - unreported(place.shelter) }));
  lines.push(...places.filter((place) => place.free >= count).map((place) => card(place, count)));
  if (answer.unknown) lines.push(make('p', { class: 'hint' }, answer.unknown + ' ' + say('onward_call')));
  told(...lines);
  feel(answer.places.length ? 'again' : 'stop');
  $('onward-told').scrollIntoView();
}

/* Whom this phone sent there and the server does not know of. */
function unreported(shelter) {
  return outbox.waiting().reduce((n, { event }) => n + (event.kind === 'redirected' && event.to === shelter ? event.count : 0), 0);
}

function card(place, count) {
  const away = place.metres < 1000 ? place.metres + ' m' : (place.metres / 1000).toFixed(1) + ' km';
  const notes = [place.far ? say('onward_far') : '', place.promised ? say('onward_promised') : '', place.doubt ? say('onward_doubt') + place.doubt : ''];
  return make('div', { class: 'place' },
    make('h3', {}, place.name), make('p', {}, away + ' · ' + say('onward_free') + ' ' + place.free),
    ...notes.filter(Boolean).map((note) => make('p', { class: 'hint' }, '! ' + note)),
    make('button', { type: 'button', class: 'big', onclick: () => send(place, count) }, say('onward_send') + ' ' + count + ' ' + say('people')));
}

/* Written down before it is said; the server counts the places as taken until they arrive. */
async function send(place, count) {
  questions += 1; // what is still asked answers nobody
  $('onward-told').querySelectorAll('button').forEach((button) => {
    button.disabled = true; // a second tap would send them twice
  });
  const context = { actor: session.actor, place: session.place, device: session.login.device, mode: 'proxy' };
  let event;
  try {
    [event] = await outbox.add([{ kind: 'redirected', code: NO_ONE, to: place.shelter, count, why: $('onward-why').value }], context);
  } catch (error) {
    feel('stop');
    told(make('p', { class: 'stop-word' }, say('not_stored')));
    return;
  }
  feel('done');
  sent = { id: event.event_id, node: make('p', {}) };
  told(make('h3', {}, place.name + ' ✓'), sent.node);
  draw();
  sync.fresh();
}

function draw() {
  if (!sent) return;
  const row = outbox.all().find((r) => r.id === sent.id);
  const state = row ? row.state : 'old';
  fill(sent.node, state === 'waiting' ? say('onward_kept') : state === 'sent' || state === 'old' ? say('onward_done') : say(state) + ' · ' + say('onward_none'));
}

export function wire() {
  outbox.onChange(draw);
  $('onward-go').addEventListener('click', () => {
    told();
    $('onward-people').value = '1';
    NEEDS.forEach((need) => {
      $('onward-' + need).checked = false;
    });
    $('onward').showModal();
  });
  $('onward-form').addEventListener('submit', ask);
  $('onward-stop').addEventListener('click', () => $('onward').close());
}
