/* Without any network: what is unsent as a file, or as QR codes one after another. evac.web.frames reads both. */

import { sha256, hex } from './codes.js';
import { canonical } from './events.js';
import * as outbox from './outbox.js';
import { session } from './session.js';

const CHUNK = 400; // bytes of a picture: QR version 18-M at most
const WIDTH = 640; // dots; the style sheet fits it to the phone

/* A header line and one canonical event a line; the same for the laptop's `evac bundle import`. */
export function unsentText() {
  const events = outbox.waiting().concat(outbox.troubled()).map((record) => record.event);
  const header = {
    evac: 'events', version: 1, event: session.roster ? session.roster.event : '', device: session.login.device, count: events.length,
  };
  return [JSON.stringify(header)].concat(events.map(canonical)).join('\n') + '\n';
}

export function download(text) {
  const link = document.createElement('a');
  const stamp = new Date().toISOString().slice(0, 16).replace(/[-:T]/g, '');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/x-ndjson' }));
  link.download = 'evac-' + session.login.device.replace(/[^\w-]/g, '_') + '-' + stamp + '.jsonl';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

/* Texts of the pictures: EVX1:set:number/of:base64 of a piece. */
export async function frames(text) {
  const bytes = new TextEncoder().encode(text);
  const name = hex((await sha256(bytes)).subarray(0, 4));
  const count = Math.max(1, Math.ceil(bytes.length / CHUNK));
  const made = [];
  for (let n = 0; n < count; n += 1) {
    const piece = String.fromCharCode(...bytes.subarray(n * CHUNK, (n + 1) * CHUNK));
    made.push('EVX1:' + name + ':' + (n + 1) + '/' + count + ':' + btoa(piece));
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
