/* Who is expected and not here, the count of this shelter, and what is unsent. */

import * as clock from './clock.js';
import { grouped, shortCode } from './codes.js';
import { missingHomes, summary } from './counts.js';
import { fromList } from './door.js';
import { NO_ONE } from './events.js';
import * as outbox from './outbox.js';
import { readSealing, session } from './session.js';
import * as sync from './sync.js';
import { download, drawFrame, frames, unsentBytes } from './transfer.js';
import { $, feel, fill, hour, make, pairs } from './ui.js';
import { say } from './words.js';

const SHOWN = 60; // households on one screen; more are found by searching
const FRAME_EVERY = 1200;
let showing = null;

export function list() {
  const homes = missingHomes($('search').value);
  fill($('missing-count'), String(homes.reduce((n, home) => n + home.length, 0)));
  const rows = homes.slice(0, SHOWN).map((home) => make('li', {}, make('b', {}, home[0].villageName + ' ' + home[0].home), ...home.map(row), home.length > 1 ? all(home) : ''));
  if (!rows.length) rows.push(make('li', {}, say(session.roster ? 'everybody_here' : 'no_roster')));
  if (homes.length > SHOWN) rows.push(make('li', {}, say('more') + ' ' + (homes.length - SHOWN) + ' ' + say('homes_more')));
  fill($('homes'), ...rows);
}

function row(person) {
  const weak = person.weak.length ? [make('span', { class: 'mark' }, say('priority'))] : [];
  const words = [person.category[1], person.helper ? say('helper') + ' ' + person.helper : ''].filter(Boolean).join(' · ');
  return make('div', { class: 'row' }, make('div', { class: 'who' }, person.name, ...weak, make('small', {}, words)), make('button', { type: 'button', onclick: () => came([person]) }, say('arrived_shelter')));
}

function all(home) {
  return make('button', { type: 'button', class: 'big', onclick: () => came(home) }, say('whole_home') + '(' + home.length + ')');
}

async function came(people) {
  await fromList(people);
  list();
}

export function capacity() {
  const shelter = session.roster && session.roster.shelter(session.place);
  return shelter ? shelter.capacity : 0;
}

export function tally() {
  const now = summary();
  const most = capacity();
  const rows = [[say('here'), now.here]];
  if (most) rows.push([say('capacity'), most], [say('room'), most - now.here]);
  if (session.roster) rows.push([say('expected'), now.expected], [say('missing'), now.missing.length]);
  if (now.others) rows.splice(1, 0, [say('others'), now.others]);
  pairs($('sums'), rows, true);
  const at = session.roster && session.roster.others[session.place] !== undefined && session.roster.countedAt;
  fill($('counted'), at ? say('counted_at') + hour(at) + say('counted_since') : say('counted_here'));
}

async function heads(event) {
  event.preventDefault();
  const text = $('heads').value.trim();
  if (!/^\d{1,5}$/.test(text)) return;
  const count = Number(text);
  const context = { actor: session.actor, place: session.place, device: session.login.device, mode: 'proxy' };
  try {
    await outbox.add([{ kind: 'head_counted', code: NO_ONE, count }], context);
  } catch (error) {
    feel('stop');
    fill($('head-told'), say('not_stored'));
    return;
  }
  feel('done');
  $('heads').value = '';
  $('heads').blur();
  fill($('head-told'), say('head_told') + count + say('head_against') + summary().here);
}

function told() {
  const left = outbox.waiting().length;
  if (sync.status.running) return say('sync_running') + ' ' + sync.status.done + '/' + sync.status.of;
  const why = sync.status.error;
  const known = ['network', '401', '403', '507', 'key'].indexOf(why) >= 0;
  const words = why ? (known ? say('error_' + why) : say('error_other') + why) + '。' : '';
  return words + (left ? left + ' ' + say('sync_left') : why ? '' : sync.status.at ? say('sync_ok') : say('sync_never'));
}

export function upload() {
  fill($('sync-told'), told());
  $('sync-go').disabled = sync.status.running;
  fill($('troubled'), ...outbox.troubled().map((r) => make('li', {}, make('b', {}, say(r.state)), ' ' + say(r.event.kind) + ' ' + (r.person ? r.person.name + ' ' + grouped(shortCode(r.event.code)) : '…' + r.event.code.slice(-6)) + ' ', make('small', {}, say(r.reason)))), ...outbox.withoutDetails().map((r) => make('li', {}, make('b', {}, r.person.name), ' ' + grouped(shortCode(r.event.code)) + ' ', make('small', {}, say('details')))));
  const rows = [[say('device'), session.login.device], [say('region'), session.login.prefix]];
  if (session.roster) {
    rows.push([say('roster'), session.roster.people.length + ' ' + say('people')], [say('valid_until'), hour(session.expires)]);
  } else rows.push([say('roster'), say('no_roster')]);
  if (sync.status.at) rows.push([say('last_sync'), hour(sync.status.at)]);
  const list = session.held.revoked;
  rows.push([say('revocations'), list ? hour(list.expires) : say('revocations_none')]);
  rows.push([say('clock'), Math.round(clock.offset() / 1000) + ' ' + say('seconds')]);
  rows.push([say('keep'), say(session.persistent ? 'keep_yes' : 'keep_no')]);
  pairs($('facts'), rows, false);
}

async function showFrames() {
  const pictures = await frames(await unsentBytes());
  let n = 0;
  const next = () => {
    drawFrame($('frame'), pictures[n]);
    fill($('frame-number'), n + 1 + ' / ' + pictures.length);
    n = (n + 1) % pictures.length;
  };
  stopFrames();
  $('frames').showModal();
  next();
  showing = setInterval(next, FRAME_EVERY);
}

export function stopFrames() {
  clearInterval(showing);
  if ($('frames').open) $('frames').close();
}

function unsent(work) {
  return async () => {
    await readSealing().catch(() => {}); // what this tab holds
    if (!outbox.waiting().length && !outbox.troubled().length) fill($('sync-told'), say('export_none'));
    else if (session.sealing || self.confirm(say('export_clear'))) work();
  };
}

export function wire() {
  $('search').addEventListener('input', list);
  $('head-form').addEventListener('submit', heads);
  // who counts heads shall not see what they should come to
  const cover = (on) => ['sums', 'here'].forEach((id) => $(id).classList.toggle('covered', on));
  $('heads').addEventListener('focus', () => cover(true));
  $('heads').addEventListener('blur', () => cover(false));
  $('sync-go').addEventListener('click', () => sync.run(true));
  $('export-file').addEventListener('click', unsent(async () => download(await unsentBytes())));
  $('export-codes').addEventListener('click', unsent(showFrames));
  $('frames-stop').addEventListener('click', stopFrames);
}
