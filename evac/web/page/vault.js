/* What lies on the phone is sealed with non-extractable keys: scripts of the page can use them, and copies of the phone's storage have them. */

import * as database from './database.js';

const FORMAT = 'evac-roster-1';
let device = null;

async function deviceKey() {
  if (!device) {
    device = await database.get('device_key');
    if (!device) {
      const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
      device = await database.write(async (meta, box, wait) => {
        const there = await wait(meta.get('device_key')); // another tab may have been first
        if (!there) meta.put(made, 'device_key');
        return there || made;
      });
    }
  }
  return device;
}

export function forget() {
  device = null;
}

export async function seal(value) {
  const key = await deviceKey();
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain);
  return { iv, sealed };
}

export async function unseal(box) {
  const key = await deviceKey();
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: box.iv }, key, box.sealed);
  return JSON.parse(new TextDecoder().decode(plain));
}

/* The key of this device's rosters, made from its token as the server makes it: of SHA-256(the token). */
export async function rosterKey(token) {
  const text = new TextEncoder();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text.encode(token)));
  const mixed = new Uint8Array(FORMAT.length + 32);
  mixed.set(text.encode(FORMAT));
  mixed.set(digest, FORMAT.length);
  const raw = await crypto.subtle.digest('SHA-256', mixed);
  return crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
}
