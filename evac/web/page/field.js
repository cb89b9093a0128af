/* A grid worker's phone (网格员): my tasks, what I say of them, and what is not sent yet. Whatever is said is on disk before it shows. */

import * as database from './database.js';
import * as outbox from './outbox.js';
import { session } from './session.js';
import * as sync from './sync.js';
import { $, feel, fill, hour, make, pairs } from './ui.js';
import { unseal } from './vault.js';
import { say } from './words.js';

const NO_ONE = '0'.repeat(26); // evac.envelope.NO_ONE
const STEPS = ['acknowledged', 'arrived', 'back', 'refused'];
const LONGEST = 500; // evac.api.field.SaidQuestion
let held = { tasks: [], at: 0 };
const drafts = new Map(); // task -> what is typed and not said yet: a new drawing takes nothing from under the finger

/* What this phone was told last, after a reload. */
export async function restore() {
  const kept = await database.get('tasks');
  if (kept) held = await unseal(kept);
}

export function heard(told) {
  const known = new Set(held.tasks.map((task) => task.task));
  if (told.tasks.some((task) => !known.has(task.task))) feel('stop'); // a call: loud
  held = told;
}

/* The one place where a word leaves the thumb: one tap, one record. */
async function tell(says, task, words) {
  const context = { actor: session.login.device, place: '', device: session.login.device, mode: 'self' };
  try {
    await outbox.add([{ kind: 'said', code: NO_ONE, says, task, words }], context);
  } catch (error) {
    feel('stop');
    fill($('field-told'), make('b', { class: 'stop-word' }, say('not_stored')));
    return;
  }
  feel('done');
  sync.run(false);
}

function said(task) {
  return outbox.all().filter((r) => r.event.kind === 'said' && r.event.task === task);
}

function line(record) {
  const { says, words, trusted_at } = record.event;
  const mark = record.state === 'waiting' ? ' · ' + say('unsent') : record.state === 'refused' ? ' · ' + say('refused') : ' ✓';
  return make('li', { class: record.state }, hour(trusted_at / 1000) + ' ' + say('said_' + says) + (words ? ':' + words : '') + mark);
}

function card(task) {
  const mine = said(task.task);
  const last = mine.map((r) => r.event.says).filter((says) => STEPS.indexOf(says) >= 0).pop() || '';
  const next = { '': 'acknowledged', acknowledged: 'arrived', arrived: 'back' }[last] || '';
  const button = (says) => make('button', { type: 'button', class: says === next ? 'big main' : says === 'refused' ? 'big danger' : 'big', 'data-says': says, onclick: () => press(says, task) }, say('said_' + says));
  const text = make('textarea', { rows: '2', maxlength: String(LONGEST), placeholder: say('field_word_hint') });
  text.value = drafts.get(task.task) || '';
  text.addEventListener('input', () => drafts.set(task.task, text.value));
  const send = async () => {
    const words = text.value.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
    if (!words) {
      text.focus();
      return;
    }
    drafts.delete(task.task);
    text.value = '';
    await tell('word', task.task, words);
  };
  const times = make('dl', {});
  pairs(times, [[say('field_answer_by'), hour(task.answer_by / 1000)], [say('field_arrive_by'), hour(task.arrive_by / 1000)], [say('field_back_by'), hour(task.back_by / 1000)]], false);
  return make('li', { class: 'task', 'data-task': task.task },
    make('h2', {}, task.place, make('span', { class: 'mark' }, say('tier_' + (task.tier || 'grey')))), make('p', {}, task.words),
    make('p', { class: 'hint' }, task.checked), times, make('ul', { class: 'said' }, ...mine.map(line)),
    make('div', { class: 'pair' }, ...STEPS.map(button)), text, make('button', { type: 'button', class: 'big', 'data-says': 'word', onclick: send }, say('said_word')));
}

function press(says, task) {
  if (says === 'refused' && !self.confirm(say('field_refuse_sure') + '\n' + task.place)) return;
  tell(says, task.task, '');
}

export function draw() {
  const typing = document.activeElement;
  if (typing && typing.tagName === 'TEXTAREA' && $('tasks').contains(typing)) return; // the keyboard would close
  const left = outbox.left();
  const when = held.at ? say('field_at') + hour(held.at) : say('sync_never');
  const why = sync.status.error ? say(sync.status.error === '404' ? 'field_none_here' : sync.status.error === '403' ? 'field_not_listed' : 'error_' + (['network', '401', '507'].indexOf(sync.status.error) >= 0 ? sync.status.error : 'network')) : '';
  fill($('field-told'), when + (left ? ' · ' + left + ' ' + say('sync_left') : ''), why ? make('br') : '', why);
  fill($('tasks'), ...(held.tasks.length ? held.tasks.map(card) : [make('li', {}, say('field_no_task'))]));
}

export function wire() {
  $('field-on').addEventListener('click', () => tell('on_duty', '', ''));
  $('field-off').addEventListener('click', () => tell('off_duty', '', ''));
  $('field-sync').addEventListener('click', () => sync.run(true));
}
