/* Coming on duty and going off it: login, shelter and name, log-out. */

import * as outbox from './outbox.js';
import * as scan from './scan.js';
import { isGrid, logIn, logOut, onDuty, readLink, session } from './session.js';
import * as sync from './sync.js';
import { $, fill, option } from './ui.js';
import { say } from './words.js';

let go = () => {};

function typed() {
  const text = $('login-text').value.trim();
  if (/^evt_/.test(text)) {
    const device = $('login-device').value.trim();
    const prefix = $('login-prefix').value.trim();
    return device && /^(\d{6}|\d{9}|\d{12})$/.test(prefix) ? { token: text, device, prefix, actor: '', place: '', role: $('login-role').value } : null;
  }
  return readLink(text);
}

function wrong(key, more) {
  fill($('login-error'), say(key) + (more || ''));
}

/* Logs in with what a link or a form said, and fetches the first roster. */
export async function use(told) {
  if (!told) {
    wrong('login_bad');
    return;
  }
  scan.stop();
  $('login-video').hidden = true;
  try {
    await logIn(told);
  } catch (error) {
    wrong(error.message === 'unsent' ? 'login_unsent' : 'not_stored');
    return;
  }
  $('login-text').value = '';
  const ok = await sync.run(true);
  if (!ok && !session.roster) wrong('login_failed', say('error_' + sync.status.error));
  if (isGrid()) go(ok ? 'field' : 'login');
  else go(ok || session.roster ? 'duty' : 'login');
}

/* The link that opened this page, taken out of the address at once so that it stays in no history. */
export function fromAddress() {
  if (location.hash.indexOf('#login=') !== 0) return null;
  const told = readLink(location.origin + '/' + location.hash);
  history.replaceState(null, '', location.pathname);
  return told;
}

async function scanLogin() {
  $('login-video').hidden = false;
  try {
    await scan.start($('login-video'), (text) => link(() => readLink(text)));
  } catch (error) {
    $('login-video').hidden = true;
    wrong(self.isSecureContext ? 'camera_none' : 'insecure');
  }
}

function link(read) {
  try {
    return use(read());
  } catch (error) {
    wrong(error.message === 'other_server' ? 'login_other' : 'login_bad');
    return null;
  }
}

export function enterDuty() {
  const shelters = session.roster ? session.roster.shelters : [];
  fill($('duty-place'), ...shelters.map((s) => option(s.id, s.name + (s.capacity ? '(' + s.capacity + ')' : ''))), option('', say('duty_elsewhere')));
  $('duty-place').value = shelters.some((s) => s.id === session.place) ? session.place : session.place || !shelters.length ? '' : shelters[0].id;
  $('duty-other').value = $('duty-place').value ? '' : session.place;
  $('duty-other-label').hidden = Boolean($('duty-place').value);
  $('duty-actor').value = session.actor;
}

async function begin() {
  const place = $('duty-place').value || $('duty-other').value.trim();
  const actor = $('duty-actor').value.trim();
  if (!place || !actor) {
    (place ? $('duty-actor') : $('duty-other')).focus();
    return;
  }
  await onDuty(actor, place);
  go('door');
}

async function leave() {
  for (;;) {
    await outbox.load(); // another tab may have written
    const left = outbox.left();
    if (!self.confirm(left ? say('log_out_unsent') + left : say('log_out_sure'))) return;
    if (left && !self.confirm(say('log_out_sure'))) return;
    if (await logOut(left)) break;
  }
  location.reload();
}

export function wire(show) {
  go = show;
  $('login-scan').addEventListener('click', scanLogin);
  $('login-go').addEventListener('click', () => link(typed));
  $('login-text').addEventListener('input', () => {
    $('login-by-hand').hidden = !/^\s*evt_/.test($('login-text').value);
  });
  $('duty-place').addEventListener('change', () => {
    $('duty-other-label').hidden = Boolean($('duty-place').value);
  });
  $('duty-go').addEventListener('click', begin);
  $('change-duty').addEventListener('click', () => show('duty'));
  $('log-out').addEventListener('click', leave);
}
