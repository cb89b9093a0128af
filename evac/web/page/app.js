/* The page as a whole: which screen is on, what the head of it says, and what happens by itself. */

import * as account from './account.js';
import { summary } from './counts.js';
import * as database from './database.js';
import * as door from './door.js';
import * as field from './field.js';
import * as lists from './lists.js';
import * as onward from './onward.js';
import * as outbox from './outbox.js';
import { dropRoster, expireIfDue, isGrid, restore, session } from './session.js';
import * as sync from './sync.js';
import * as tabs from './tabs.js';
import { $, fill, wakeSound } from './ui.js';
import { isEnglish, say, speak } from './words.js';

const SCREENS = ['login', 'duty', 'field', 'door', 'list', 'tally', 'upload'];
const TRY_AGAIN = 20000;
const DRAW = { field: field.draw, list: lists.list, tally: lists.tally, upload: lists.upload };
let on = '';

function show(screen) {
  if (on === 'door' && screen !== 'door') door.leave();
  document.body.dataset.role = isGrid() ? 'grid' : 'clerk';
  const before = on;
  on = screen;
  SCREENS.forEach((name) => {
    $(name).hidden = name !== screen;
  });
  const working = screen !== 'login' && screen !== 'duty';
  $('top').hidden = $('tabs').hidden = !working;
  document.querySelectorAll('#tabs button').forEach((tab) => {
    if (tab.dataset.tab === screen) tab.setAttribute('aria-current', 'page');
    else tab.removeAttribute('aria-current');
  });
  lists.stopFrames();
  if (screen === 'door' && before !== 'door') door.enter();
  if (screen === 'duty') account.enterDuty();
  draw();
  self.scrollTo(0, 0);
}

function draw() {
  if (!session.login) return;
  const shelter = session.roster && session.roster.shelter(session.place);
  fill($('shelter'), isGrid() ? say('field') : shelter ? shelter.name : session.place);
  fill($('who'), isGrid() ? session.login.device : session.actor);
  const now = summary();
  const most = lists.capacity();
  fill($('here-count'), String(now.here));
  fill($('here-of'), most ? '/ ' + most : say('here'));
  $('here').classList.toggle('full', most > 0 && now.here >= most);
  const left = outbox.left();
  fill($('unsent-count'), String(left));
  $('unsent').className = left ? 'some' : 'none';
  $('exercise').hidden = session.held.drill !== true;
  $('notice').hidden = !session.ended;
  if (session.ended) fill($('notice'), say(session.ended));
  if (DRAW[on]) DRAW[on]();
  if (on === 'door') door.refresh();
}

async function language(english) {
  speak(english);
  door.translate();
  if (on === 'door') door.ready();
  draw();
  await database.put('english', english);
}

function byItself() {
  if (session.login && navigator.onLine && !document.hidden && session.ended !== 'revoked') sync.run(false);
}

function wire() {
  document.querySelectorAll('#tabs button').forEach((tab) => {
    tab.addEventListener('click', () => show(tab.dataset.tab));
  });
  $('unsent').addEventListener('click', () => show('upload'));
  $('here').addEventListener('click', () => show('tally'));
  ['language', 'language-first'].forEach((id) => $(id).addEventListener('click', () => language(!isEnglish())));
  document.addEventListener('pointerdown', wakeSound, { passive: true });
  self.addEventListener('online', byItself);
  document.addEventListener('visibilitychange', byItself);
  setInterval(byItself, TRY_AGAIN);
  setInterval(async () => {
    if (session.login && ((await expireIfDue()) || (await field.expireIfDue()))) draw();
  }, 15000);
  tabs.onTold(({ gone, ended }) => {
    if (gone) location.reload(); // begins with what is there now, a wiped phone at the login
    else dropRoster(ended);
    draw();
  });
  outbox.onChange(draw);
  sync.onChange(draw);
}

async function serviceWorker() {
  if (!navigator.serviceWorker) return;
  const registration = await navigator.serviceWorker.register('sw.js');
  const offer = () => {
    $('renew').hidden = !(registration.waiting && navigator.serviceWorker.controller);
  };
  registration.addEventListener('updatefound', () => {
    registration.installing.addEventListener('statechange', offer);
  });
  offer();
  $('renew').addEventListener('click', () => {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload());
    registration.waiting.postMessage('renew');
  });
}

async function start() {
  speak(Boolean(await database.get('english')));
  account.wire(show);
  door.wire();
  lists.wire();
  onward.wire();
  field.wire();
  const told = account.fromAddress();
  await restore();
  await field.restore().catch(() => {});
  sync.onTasks(field.heard);
  sync.status.at = (await database.get('synced')) || 0;
  wire();
  if (!self.isSecureContext) fill($('login-error'), say('insecure'));
  show(!session.login ? 'login' : isGrid() ? 'field' : session.place && session.actor ? 'door' : 'duty');
  if (told) await account.use(told);
  byItself();
  document.body.dataset.ready = 'yes';
}

start().catch((error) => {
  show('login');
  fill($('login-error'), say('login_failed') + error.message);
});
serviceWorker().catch(() => {});
