// The inverse of riskmap.products.map_pack: bytes back to numbers and coordinates.
const NO_DATA = -1;
const NOT_APPLICABLE = -2;
const COORDINATE_SCALE = 10000;
const INTEGERS = { i1: [Int8Array, 1, -128], i2: [Int16Array, 2, -32768], i4: [Int32Array, 4, -2147483648] };

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// A block of the page: what it says, and the bytes that it points into.
function readBlock(node) {
  const whole = inflate(bytesOf(node.textContent), +node.dataset.size);
  const end = 4 + new DataView(whole.buffer).getUint32(0, true);
  return { data: JSON.parse(new TextDecoder("utf-8").decode(whole.subarray(4, end))), bytes: whole.subarray(end) };
}

function integers(packed, bytes) {
  if (!packed.t) return new Int32Array(packed.n).fill(packed.c);
  const kind = INTEGERS[packed.t];
  const values = new kind[0](packed.n);
  const start = packed.d[0];
  for (let plane = 0; plane < kind[1]; plane++) {
    for (let i = 0, at = start + plane * packed.n; i < packed.n; i++, at++) values[i] |= bytes[at] << (8 * plane);
  }
  if (packed.w) for (let i = packed.w; i < packed.n; i++) values[i] += values[i - packed.w]; // wraps around as it was packed
  return values;
}

// A function from index to number, null where unknown; nothing is unpacked before the first call.
function numbers(packed, bytes) {
  if (!packed.t) return () => (packed.c === null ? null : packed.c / packed.s);
  const unknown = INTEGERS[packed.t][2];
  let values = null;
  return (i) => {
    if (!values) values = integers(packed, bytes);
    return values[i] === unknown ? null : values[i] / packed.s;
  };
}

function listed(packed, bytes) {
  const read = numbers(packed, bytes);
  return Array.from({ length: packed.n }, (_, i) => read(i));
}

function varints(span, bytes) {
  let at = span[0];
  return () => {
    let folded = 0;
    let shift = 0;
    let byte = 128;
    while (byte & 128) {
      byte = bytes[at++];
      folded |= (byte & 127) << shift;
      shift += 7;
    }
    return folded & 1 ? -(folded + 1) / 2 : folded / 2;
  };
}

// Paths as lists of [latitude, longitude].
function paths(packed, bytes) {
  const next = varints(packed.p, bytes);
  const found = [];
  for (let n = 0; n < packed.n; n++) {
    const points = new Array(next());
    let x = 0;
    let y = 0;
    for (let i = 0; i < points.length; i++) {
      x += next();
      y += next();
      points[i] = [y / COORDINATE_SCALE, x / COORDINATE_SCALE];
    }
    found.push(points);
  }
  return found;
}

// Each region's rings from the arcs that it shares with its neighbours, and which regions run along each arc.
function shapesOf(regions, bytes) {
  const arcs = paths(regions.arcs, bytes);
  const next = varints(regions.rings, bytes);
  const along = arcs.map(() => []);
  const shapes = regions.code.map((_, n) => {
    const rings = [];
    for (let ring = next(); ring > 0; ring--) {
      const points = [];
      for (let arc = next(); arc > 0; arc--) {
        const reference = next();
        const number = reference < 0 ? -1 - reference : reference;
        along[number].push(n);
        const part = reference < 0 ? arcs[number].slice().reverse() : arcs[number];
        for (let i = 0; i < part.length - 1; i++) points.push(part[i]);
      }
      rings.push(points);
    }
    return rings;
  });
  return { shapes: shapes, arcs: arcs, along: along };
}

const HAZARD_NUMBERS = ["metric", "value", "maximum", "threshold", "share", "people", "covered", "asset"];

function readLevel(level, data, bytes) {
  level.count = level.regions.code.length;
  level.combined = integers(level.combined, bytes);
  level.regions.population = numbers(level.regions.population, bytes);
  level.regions.label = listed(level.regions.label, bytes);
  level.hazards = level.hazards.map((found, n) => {
    const hazard = Object.assign({}, data.hazards[n], found, { tier: integers(found.tier, bytes) });
    HAZARD_NUMBERS.forEach((name) => { hazard[name] = numbers(found[name], bytes); });
    return hazard;
  });
  const history = level.history;
  if (history.raised) history.raised = integers(history.raised, bytes);
  history.published = integers(history.published, bytes);
  if (history.earlier) {
    history.earlier.combined = integers(history.earlier.combined, bytes);
    history.earlier.tier = history.earlier.tier.map((tier) => integers(tier, bytes));
  }
  let shapes = null;
  level.shapes = () => {
    if (!shapes) shapes = shapesOf(level.regions, bytes);
    return shapes;
  };
}

function readData(node) {
  const block = readBlock(node);
  const data = block.data;
  const bytes = block.bytes;
  const pictures = JSON.parse(document.getElementById("rasters").textContent);
  data.rasters = pictures.hours;
  data.windows = pictures.windows;
  data.levels.forEach((level) => readLevel(level, data, bytes));
  if (data.ensemble) {
    data.ensemble.tier = integers(data.ensemble.tier, bytes);
    ["chance", "trend"].forEach((name) => { data.ensemble[name] = numbers(data.ensemble[name], bytes); });
  }
  if (data.risk) {
    data.risk.index = numbers(data.risk.index, bytes);
    ["parts", "people"].forEach((name) => { data.risk[name] = data.risk[name].map((packed) => numbers(packed, bytes)); });
  }
  if (data.surge) ["latitude", "longitude", "value"].forEach((name) => { data.surge[name] = listed(data.surge[name], bytes); });
  if (data.circles) data.circles.radius = listed(data.circles.radius, bytes);
  [data.track, data.track.at].forEach((track) => {
    ["latitude", "longitude", "wind", "pressure"].forEach((name) => { track[name] = listed(track[name], bytes); });
  });
  ["land", "surroundings", "coast", "lakes"].forEach((name) => { data.base[name] = paths(data.base[name], bytes); });
  data.base.rivers.forEach((river) => { river[1] = paths(river[1], bytes); });
  return data;
}
