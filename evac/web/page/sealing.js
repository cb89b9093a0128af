/* What leaves this phone as a file: sealed for who holds the event's key, marked by the key that this device has alone. evac.phone_seal opens it. */

import { hex, sha256, unbase64 } from './codes.js';

const FORMAT = 'evac-phone-file-2';
const CURVE = { name: 'ECDH', namedCurve: 'P-256' };
const TAG = 16; // bytes that AES-GCM adds

function utf8(text) {
  return new TextEncoder().encode(text);
}

export function base64(bytes) {
  return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(''));
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  parts.reduce((at, part) => {
    whole.set(part, at);
    return at + part.length;
  }, 0);
  return whole;
}

/* What a roster brings, so that it can be kept: the event's public key, and the device's own, not extractable from here; the pack holds it too, for whoever can open that. */
export async function keysOf(told, event) {
  if (!told) return null;
  const mac = await crypto.subtle.importKey('raw', unbase64(told.mac), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return { public: unbase64(told.public), mac, event };
}

/* The AES key that the event's private key can make again from `half`, and nobody else. */
async function fileKey(to) {
  const event = await crypto.subtle.importKey('raw', to, CURVE, false, []);
  const own = await crypto.subtle.generateKey(CURVE, false, ['deriveBits']);
  const half = new Uint8Array(await crypto.subtle.exportKey('raw', own.publicKey));
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: event }, own.privateKey, 256);
  const base = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
  const how = { name: 'HKDF', hash: 'SHA-256', salt: joined(half, to), info: utf8(FORMAT) };
  return { half, key: await crypto.subtle.deriveKey(how, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt']) };
}

/* The bytes of the file: a line that says what it is, the sealed events, the device's mark over both. */
export async function seal(header, text, keys) {
  const { half, key } = await fileKey(keys.public);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = utf8(text);
  const told = Object.assign({}, header, {
    version: 2, size: plain.length + TAG, key: hex(await sha256(keys.public)).slice(0, 16), ephemeral: base64(half), iv: base64(iv),
  });
  const line = utf8(JSON.stringify(told) + '\n');
  const body = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: line }, key, plain));
  const marked = joined(line, body);
  return joined(marked, new Uint8Array(await crypto.subtle.sign('HMAC', keys.mac, marked)));
}
