// Raw deflate (RFC 1951) undone, for browsers without DecompressionStream.
const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const REACH_BASE = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const REACH_BITS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

// A code as a table over its next 15 bits: symbol and length at once.
function codeTable(lengths) {
  const counts = new Uint16Array(16);
  lengths.forEach((length) => { counts[length] += 1; });
  counts[0] = 0;
  const next = new Uint16Array(17);
  for (let length = 1; length <= 15; length++) next[length + 1] = (next[length] + counts[length]) << 1;
  let longest = 1;
  for (let length = 1; length <= 15; length++) if (counts[length]) longest = length;
  const table = new Uint32Array(1 << longest);
  lengths.forEach((length, symbol) => {
    if (!length) return;
    let code = next[length];
    next[length] += 1;
    let turned = 0;
    for (let bit = 0; bit < length; bit++) {
      turned = (turned << 1) | (code & 1);
      code >>= 1;
    }
    for (let at = turned; at < table.length; at += 1 << length) table[at] = (symbol << 4) | length;
  });
  return { table: table, mask: table.length - 1 };
}

function inflate(source, size) {
  const out = new Uint8Array(size);
  let written = 0;
  let read = 0;
  let held = 0;
  let count = 0;
  const bits = (n) => {
    while (count < n) {
      held |= source[read++] << count;
      count += 8;
    }
    const value = held & ((1 << n) - 1);
    held >>>= n;
    count -= n;
    return value;
  };
  const symbol = (code) => {
    while (count < 15) {
      held |= (source[read++] || 0) << count;
      count += 8;
    }
    const entry = code.table[held & code.mask];
    const length = entry & 15;
    if (!length) throw new Error("the page's data are damaged");
    held >>>= length;
    count -= length;
    return entry >> 4;
  };
  const codes = () => {
    const literals = bits(5) + 257;
    const reaches = bits(5) + 1;
    const small = new Array(19).fill(0);
    for (let i = bits(4) + 4, k = 0; k < i; k++) small[CODE_ORDER[k]] = bits(3);
    const code = codeTable(small);
    const lengths = [];
    while (lengths.length < literals + reaches) {
      const found = symbol(code);
      if (found < 16) lengths.push(found);
      else {
        const value = found === 16 ? lengths[lengths.length - 1] : 0;
        for (let times = found === 16 ? bits(2) + 3 : found === 17 ? bits(3) + 3 : bits(7) + 11; times > 0; times--) lengths.push(value);
      }
    }
    return [codeTable(lengths.slice(0, literals)), codeTable(lengths.slice(literals))];
  };
  const fixed = () => {
    const lengths = new Array(288);
    for (let i = 0; i < 288; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    return [codeTable(lengths), codeTable(new Array(30).fill(5))];
  };
  let last = 0;
  while (!last) {
    last = bits(1);
    const kind = bits(2);
    if (kind === 0) {
      bits(count & 7);
      read -= count >> 3;
      held = 0;
      count = 0;
      const length = source[read] | (source[read + 1] << 8);
      out.set(source.subarray(read + 4, read + 4 + length), written);
      read += 4 + length;
      written += length;
      continue;
    }
    const pair = kind === 1 ? fixed() : codes();
    for (let found = symbol(pair[0]); found !== 256; found = symbol(pair[0])) {
      if (found < 256) {
        out[written++] = found;
        continue;
      }
      const length = LENGTH_BASE[found - 257] + bits(LENGTH_BITS[found - 257]);
      const far = symbol(pair[1]);
      const from = written - REACH_BASE[far] - bits(REACH_BITS[far]);
      for (let i = 0; i < length; i++) out[written + i] = out[from + i];
      written += length;
    }
  }
  if (written !== size) throw new Error("the page's data are damaged");
  return out;
}
