// The inverse of riskmap.products.map_data: packed integers and paths back to numbers and coordinates.
const NO_DATA = -1;
const NOT_APPLICABLE = -2;
const COORDINATE_SCALE = 10000;

function unpack(packed) {
  const values = new Array(packed.n);
  if (!packed.t) {
    return values.fill(packed.c === null ? null : packed.c / packed.s);
  }
  const text = atob(packed.d);
  const view = new DataView(new ArrayBuffer(text.length));
  for (let i = 0; i < text.length; i++) view.setUint8(i, text.charCodeAt(i));
  const read = {
    i1: (i) => view.getInt8(i),
    i2: (i) => view.getInt16(2 * i, true),
    i4: (i) => view.getInt32(4 * i, true),
  }[packed.t];
  const unknown = { i1: -128, i2: -32768, i4: -2147483648 }[packed.t];
  for (let i = 0; i < packed.n; i++) {
    const value = read(i);
    values[i] = value === unknown ? null : value / packed.s;
  }
  return values;
}

function unpackPath(steps) {
  const points = [];
  let x = 0;
  let y = 0;
  for (let i = 0; i < steps.length; i += 2) {
    x += steps[i];
    y += steps[i + 1];
    points.push([y / COORDINATE_SCALE, x / COORDINATE_SCALE]);
  }
  return points;
}

function readData(text) {
  const data = JSON.parse(text);
  data.count = data.regions.code.length;
  data.combined = unpack(data.combined);
  data.hazards.forEach((hazard) => {
    ["tier", "metric", "value", "maximum", "threshold", "share", "people", "covered", "asset"].forEach((name) => {
      hazard[name] = unpack(hazard[name]);
    });
  });
  if (data.surge) ["latitude", "longitude", "value"].forEach((name) => { data.surge[name] = unpack(data.surge[name]); });
  if (data.circles) data.circles.radius = unpack(data.circles.radius);
  [data.track, data.track.at].forEach((track) => {
    ["latitude", "longitude", "wind", "pressure"].forEach((name) => { track[name] = unpack(track[name]); });
  });
  return data;
}
