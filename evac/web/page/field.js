/* A grid worker's phone (网格员): my tasks, what I say of them, and what is not sent yet. Whatever is said is on disk before it shows. */

import * as clock from './clock.js';
import * as database from './database.js';
import { NO_ONE } from './events.js';
import * as outbox from './outbox.js';
import { session } from './session.js';
import * as sync from './sync.js';
import { $, feel, fill, hour, make, pairs } from './ui.js';
import { unseal } from './vault.js';
import { say } from './words.js';

const STEPS = ['acknowledged', 'arrived', 'back', 'refused'];
const LONGEST = 500; // evac.api.field.SaidQuestion
const KEPT = 24 * 3600 * 1000; // tasks that no server was asked about for a day are gone from the phone
const NONE = { tasks: [], at: 0 };
let held = NONE;
const TWICE = 2000;
let tap = { what: '', at: 0 };
let lost = false; // the last word was not stored
const drafts = new Map(); // task -> what is typed and not said yet: a new drawing takes nothing from under the finger

/* What this phone was told last, after a reload. */
export async function restore() {
  const kept = await database.get('tasks');
  if (kept) held = await unseal(kept);
  await expireIfDue();
}

/* Whether the tasks were too old, or the phone shut out, and they are gone. */
export async function expireIfDue() {
  if (!held.at || !(session.ended || clock.latest() >= held.at + KEPT)) return false;
  held = NONE;
  drafts.clear();
  await database.remove('tasks');
  return true;
}

export function heard(told) {
  const known = new Set(held.tasks.map((task) => task.task));
  if (told.tasks.some((task) => !known.has(task.task))) feel('stop'); // a call: loud
  held = told;
}

/* The one place where a word leaves the thumb: one tap, one record. True where it is on disk. */
async function tell(says, task, words) {
  const now = performance.now();
  const what = [says, task, words].join();
  if (what === tap.what && now - tap.at < TWICE) return false; // the second of two taps
  tap = { what, at: now };
  const context = { actor: session.login.device, place: '', device: session.login.device, mode: 'self' };
  try {
    await outbox.add([{ kind: 'said', code: NO_ONE, says, task, words }], context);
  } catch (error) {
    feel('stop');
    lost = true;
    tap = { what: '', at: 0 };
    draw();
    return false;
  }
  lost = false;
  feel('done');
  sync.run(false);
  return true;
}

function said(task) {
  return outbox.all().filter((r) => r.event.kind === 'said' && r.event.task === task);
}

function line(record) {
  const { says, words, trusted_at } = record.event;
  const mark = record.state === 'waiting' ? ' · ' + say('unsent') : record.state === 'refused' ? ' · ' + say('refused') : ' ✓';
  const why = record.reason ? ' · ' + say(record.reason) : '';
  return make('li', { class: record.state }, hour(trusted_at / 1000) + ' ' + say('said_' + says) + (words ? ':' + words : '') + mark + why);
}

function card(task) {
  const mine = said(task.task);
  const last = mine.filter((r) => r.state !== 'refused').map((r) => r.event.says).filter((says) => STEPS.indexOf(says) >= 0).pop() || '';
  const next = { '': 'acknowledged', acknowledged: 'arrived', arrived: 'back' }[last] || '';
  const button = (says) => make('button', { type: 'button', class: says === next ? 'big main' : says === 'refused' ? 'big danger' : 'big', 'data-says': says, onclick: () => press(says, task) }, say('said_' + says));
  const text = make('textarea', { rows: '2', maxlength: String(LONGEST), placeholder: say('field_word_hint') });
  text.value = drafts.get(task.task) || '';
  text.addEventListener('input', () => drafts.set(task.task, text.value));
  text.addEventListener('blur', () => setTimeout(draw, 500)); // not at once: a tap on a button of the card comes after it
  const send = async () => {
    const words = text.value.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
    if (!words) {
      text.focus();
      return;
    }
    const typed = text.value;
    if (!(await tell('word', task.task, words))) return;
    if (drafts.get(task.task) === typed) drafts.delete(task.task);
    if (text.value === typed) text.value = '';
    text.blur();
    draw();
  };
  const times = make('dl', {});
  pairs(times, [[say('field_answer_by'), hour(task.answer_by / 1000)], [say('field_arrive_by'), hour(task.arrive_by / 1000)], [say('field_back_by'), hour(task.back_by / 1000)]], false);
  return make('li', { class: 'task', 'data-task': task.task },
    make('h2', {}, task.place, make('span', { class: 'mark' }, say('tier_' + (task.tier || 'grey'))), task.out ? make('span', { class: 'mark' }, say('field_out')) : ''), make('p', {}, task.words),
    make('p', { class: 'hint' }, task.checked), times, make('ul', { class: 'said' }, ...mine.map(line)),
    make('div', { class: 'pair' }, ...STEPS.map(button)), text, make('button', { type: 'button', class: 'big', 'data-says': 'word', onclick: send }, say('said_word')));
}

function press(says, task) {
  if (says === 'refused' && !self.confirm(say('field_refuse_sure') + '\n' + task.place)) return;
  tell(says, task.task, '');
}

export function draw() {
  if (session.ended) held = NONE;
  const left = outbox.left();
  const when = held.at ? say('field_at') + hour(held.at) : say('sync_never');
  const why = sync.status.error ? say(sync.status.error === '404' ? 'field_none_here' : sync.status.error === '403' ? 'field_not_listed' : 'error_' + (['network', '401', '507'].indexOf(sync.status.error) >= 0 ? sync.status.error : 'network')) : '';
  fill($('field-told'), lost ? make('b', { class: 'stop-word' }, say('not_stored')) : '', lost ? make('br') : '', when + (left ? ' · ' + left + ' ' + say('sync_left') : ''), why ? make('br') : '', why);
  cards();
}

/* All cards anew, but for the one that is typed on: the keyboard would close. */
function cards() {
  const focus = document.activeElement;
  const typing = focus && focus.tagName === 'TEXTAREA' && focus.closest('#tasks > li');
  const made = held.tasks.map((task) => (typing && typing.dataset.task === task.task ? typing : card(task)));
  if (!made.length && held.at) made.push(make('li', {}, say('field_no_task')));
  if (!typing) {
    fill($('tasks'), ...made);
    return;
  }
  if (made.indexOf(typing) < 0) made.push(typing);
  [...$('tasks').children].filter((node) => node !== typing).forEach((node) => node.remove());
  typing.before(...made.slice(0, made.indexOf(typing)));
  typing.after(...made.slice(made.indexOf(typing) + 1));
}

export function wire() {
  $('field-on').addEventListener('click', () => tell('on_duty', '', ''));
  $('field-off').addEventListener('click', () => tell('off_duty', '', ''));
  $('field-sync').addEventListener('click', () => sync.run(true));
}
