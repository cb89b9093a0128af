/* Without any network: what is unsent as a sealed file, or as QR codes one after another. evac.web.frames reads both. */

import { sha256, hex } from './codes.js';
import * as database from './database.js';
import { canonical } from './events.js';
import * as outbox from './outbox.js';
import { base64, seal } from './sealing.js';
import { session } from './session.js';

const CHUNK = 400; // bytes of a picture: QR version 18-M at most
const WIDTH = 640; // dots; the style sheet fits it to the phone

/* A header line and one canonical event a line, sealed where a server gave the keys: for `evac bundle import` on laptop and server. */
export async function unsentBytes() {
  const events = outbox.waiting().concat(outbox.troubled()).map((record) => record.event);
  const event = session.sealing ? session.sealing.event : session.held.event;
  const header = { evac: 'events', version: 1, event, device: session.login.device, count: events.length };
  const text = events.map(canonical).join('\n') + '\n';
  if (session.sealing) return sealedOnce(header, text, events.map((told) => told.event_id));
  return new TextEncoder().encode(JSON.stringify(header) + '\n' + text);
}

/* Sealed anew the same events are other bytes, another set of pictures, and what was scanned of the one before is worth nothing: kept until they change. */
async function sealedOnce(header, text, ids) {
  const of = [header.event, header.device, hex(session.sealing.public), ...ids].join(' ');
  const kept = await database.get('sealed').catch(() => null);
  if (kept && kept.of === of) return kept.bytes;
  const bytes = await seal(header, text, session.sealing);
  await database.put('sealed', { of, bytes }).catch((error) => console.info('not kept: ' + error)); // a full disk keeps nothing from being shown
  return bytes;
}

export function download(bytes) {
  const link = document.createElement('a');
  const stamp = new Date().toISOString().slice(0, 16).replace(/[-:T]/g, '');
  link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  link.download = 'evac-' + session.login.device.replace(/[^\w-]/g, '_') + '-' + stamp + (session.sealing ? '.evacphone' : '.jsonl');
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

/* Texts of the pictures: EVX1:set:number/of:base64 of a piece. */
export async function frames(bytes) {
  const name = hex((await sha256(bytes)).subarray(0, 4));
  const count = Math.max(1, Math.ceil(bytes.length / CHUNK));
  const made = [];
  for (let n = 0; n < count; n += 1) {
    made.push('EVX1:' + name + ':' + (n + 1) + '/' + count + ':' + base64(bytes.subarray(n * CHUNK, (n + 1) * CHUNK)));
  }
  return made;
}

export function drawFrame(canvas, text) {
  const code = self.qrcode(0, 'M');
  code.addData(text, 'Byte');
  code.make();
  const modules = code.getModuleCount();
  const scale = Math.max(2, Math.floor(WIDTH / (modules + 8)));
  const pen = canvas.getContext('2d');
  canvas.width = canvas.height = scale * (modules + 8);
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = '#000';
  for (let y = 0; y < modules; y += 1) {
    for (let x = 0; x < modules; x += 1) if (code.isDark(y, x)) pen.fillRect((x + 4) * scale, (y + 4) * scale, scale, scale);
  }
}
