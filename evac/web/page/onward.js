/* A full or closed door: where to (改派). Asked of the server, since this phone knows its own door alone; what was decided is an event. */

import * as outbox from './outbox.js';
import { session } from './session.js';
import * as sync from './sync.js';
import { $, feel, fill, make } from './ui.js';
import { isEnglish, say } from './words.js';

const NO_ONE = '0'.repeat(26); // evac.envelope.NO_ONE
const NEEDS = ['disabled', 'ill']; // what a shelter must have something for
const MOST = 500; // evac.redirecting.MOST_PEOPLE

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
  try {
    const body = JSON.stringify({ shelter: session.place, people: count, needs });
    show(await sync.told('redirect', { method: 'POST', body }), count);
  } catch (error) {
    const known = { 409: 'onward_unknown', 404: 'onward_elsewhere', 429: 'onward_busy' };
    told(make('p', { class: 'stop-word' }, say(error.status ? known[error.status] || 'onward_failed' : 'onward_offline')));
    feel('stop');
  }
}

function show(answer, count) {
  const lines = [];
  const unjudged = !answer.judged && !answer.planned;
  if (unjudged) lines.push(make('p', { class: 'hint' }, say('onward_unjudged')));
  if (answer.why) lines.push(make('p', { class: 'stop-word' }, (isEnglish() ? answer.english : answer.chinese) + '。' + say('onward_none')));
  answer.places.forEach((place) => lines.push(card(unjudged ? Object.assign({}, place, { doubt: '' }) : place, count)));
  if (answer.unknown) lines.push(make('p', { class: 'hint' }, answer.unknown + ' ' + say('onward_call')));
  told(...lines);
  feel(answer.places.length ? 'again' : 'stop');
  $('onward-told').scrollIntoView();
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
  const context = { actor: session.actor, place: session.place, device: session.login.device, mode: 'proxy' };
  try {
    await outbox.add([{ kind: 'redirected', code: NO_ONE, to: place.shelter, count, why: $('onward-why').value }], context);
  } catch (error) {
    feel('stop');
    told(make('p', { class: 'stop-word' }, say('not_stored')));
    return;
  }
  feel('done');
  told(make('h3', {}, place.name + ' ✓'), make('p', {}, say('onward_done')));
  sync.run(false);
}

export function wire() {
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
