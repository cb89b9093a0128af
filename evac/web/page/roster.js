/* The roster of a town: read from its sealed pack, searched by code, short code, household, shelter. */

import { codeOfBytes, shortCode, unbase64 } from './codes.js';

const MAGIC = 'EVP1';

/* When a pack ends, in milliseconds; said in clear, so that it can be destroyed without its key. */
export function expiryOf(bytes) {
  return headerOf(bytes).header.expires_at / 1000;
}

function headerOf(bytes) {
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== MAGIC) throw new Error('not a roster');
  const length = (bytes[4] << 8) | bytes[5];
  const end = 6 + length;
  return { end, header: JSON.parse(new TextDecoder().decode(bytes.subarray(6, end))) };
}

/* The content of a pack; throws where the key does not open it. */
export async function readPack(bytes, key) {
  const { end } = headerOf(bytes);
  const clear = bytes.subarray(0, end);
  const iv = bytes.subarray(end, end + 12);
  const plain = await crypto.subtle.decrypt(
    { name: 'AES-GCM', iv, additionalData: clear }, key, bytes.subarray(end + 12),
  );
  return JSON.parse(new TextDecoder().decode(plain));
}

function large(column) {
  const raw = unbase64(column);
  const out = new Array(raw.length / 2);
  for (let i = 0; i < out.length; i += 1) out[i] = (raw[2 * i] << 8) | raw[2 * i + 1];
  return out;
}

function people(content) {
  const raw = unbase64(content.codes);
  const names = content.names.split('\n');
  const category = unbase64(content.category);
  const weak = unbase64(content.weak);
  const stay = unbase64(content.stay);
  const state = unbase64(content.state);
  const bound = large(content.bound);
  const place = large(content.place);
  const villages = large(content.home_villages);
  const found = [];
  large(content.home_sizes).forEach((size, home) => {
    const village = content.villages[villages[home]];
    for (let i = 0; i < size; i += 1) {
      const n = found.length;
      const code = codeOfBytes(raw.subarray(16 * n, 16 * n + 16));
      found.push({
        code,
        name: names[n],
        home: content.homes[home],
        village: village[0],
        villageName: village[1],
        category: content.categories[category[n]],
        weak: content.weak_words.filter((word, bit) => (weak[n] >> bit) & 1),
        helper: content.helpers[String(n)] || '',
        stay: content.stay_words[stay[n]],
        bound: content.places[bound[n]],
        state: content.state_words[state[n]][0],
        place: content.places[place[n]],
      });
    }
  });
  return found;
}

export class Roster {
  constructor(content) {
    this.event = content.event;
    this.drill = content.drill;
    this.others = content.others || {}; // place -> people there who are not on this roster
    this.countedAt = (content.counted_at || 0) / 1000;
    this.keys = content.keys;
    this.revocations = content.revocations;
    this.shelters = content.shelters;
    this.categories = content.categories;
    this.villages = content.villages;
    this.stateWords = {};
    content.state_words.forEach(([word, chinese]) => {
      this.stateWords[word] = chinese;
    });
    this.people = people(content);
    // places that people are to come to and no register names: the phone can still be on duty there
    const named = new Set(this.shelters.map((shelter) => shelter.id));
    this.people.filter((p) => p.stay === 'shelter' && p.bound && !named.has(p.bound)).forEach((p) => {
      named.add(p.bound);
      this.shelters.push({ id: p.bound, name: p.bound, capacity: 0 });
    });
    this.byCode = new Map();
    this.byShort = new Map();
    this.homes = new Map();
    this.people.forEach((person) => {
      this.byCode.set(person.code, person);
      this.byShort.set(shortCode(person.code), person);
      const key = person.village + '/' + person.home;
      if (!this.homes.has(key)) this.homes.set(key, []);
      this.homes.get(key).push(person);
    });
  }

  household(person) {
    return this.homes.get(person.village + '/' + person.home) || [];
  }

  shelter(id) {
    return this.shelters.find((shelter) => shelter.id === id) || null;
  }
}
