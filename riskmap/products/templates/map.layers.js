// What lies on the map. Built once; each hour only colours, numbers and positions change.
const PANES = { tianditu: 190, base: 200, raster: 350, region: 400, line: 420, extra: 440, storm: 450, surge: 460, number: 610, centre: 620 };
const CITIES_FROM_ZOOM = 6.5;
const NAMES_FROM_ZOOM = { city: 7, county: 9, township: 11, village: 12 };
const NO_DATA_FILL = "#b8b8b8";
const EMPTY_FILL = "#fbfaf7"; // a region without a tier: not assessed here, or left out by the filter
const EARTH_DEGREE = 111195; // metres in one degree of a great circle, mean radius 6371 km

function element(tag, text, className) {
  // Text only ever enters the page as text: names come from files.
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
}

function textMarker(at, className, pane, content) {
  const icon = L.divIcon({ className: className, html: content || document.createElement("span"), iconSize: [0, 0] });
  return L.marker(at, { icon: icon, interactive: false, keyboard: false, pane: pane });
}

function buildMap(map, data) {
  Object.keys(PANES).forEach((name) => {
    const pane = map.createPane(name);
    pane.style.zIndex = PANES[name];
    if (["tianditu", "base", "line", "number"].includes(name)) pane.style.pointerEvents = "none";
  });
  drawBase(map, data.base);
  L.control.scale({ position: "bottomright", imperial: false }).addTo(map);
  return {
    levels: data.levels.map(() => null),
    raster: null,
    labels: L.layerGroup().addTo(map),
    cities: data.base.places.map((place) => cityMarker(place).addTo(map)),
    surge: data.surge ? drawSurge(data) : null,
  };
}

// The regions of a level, made when it is first chosen; and the lines of the levels above it.
function drawLevel(level) {
  const found = level.shapes();
  const group = L.layerGroup();
  const regions = found.shapes.map((shape, n) => {
    // all rings in one path: by the even-odd rule an island is filled and a hole is not, whatever their order
    const layer = L.polygon(shape, { pane: "region", fillOpacity: 1, weight: level.count > 300 ? 0.5 : 0.8, color: "#fff", smoothFactor: 0.6 });
    layer.addTo(group);
    return layer;
  });
  const city = level.regions.cityCode;
  const apart = (along) => along.length === 1 || city[along[0]] !== city[along[1]];
  const lines = found.arcs.filter((_, n) => found.along[n].length && apart(found.along[n]));
  L.polyline(lines, { pane: "line", interactive: false, weight: 1.4, color: "#3c4a56", opacity: 0.75, smoothFactor: 0.6 }).addTo(group);
  return { group: group, regions: regions };
}

function drawBase(map, base) {
  const area = (parts, colour) => L.polygon(parts.map((part) => [part]), {
    pane: "base", interactive: false, stroke: false, fillColor: colour, fillOpacity: 1, smoothFactor: 0.6,
  }).addTo(map);
  const line = (parts, options) => L.polyline(parts, Object.assign({ interactive: false, smoothFactor: 0.8 }, options)).addTo(map);
  area(base.surroundings, "#f5f2eb");
  area(base.land, "#f5f2eb");
  if (base.relief) {
    const b = base.relief.bounds;
    L.imageOverlay("data:image/png;base64," + base.relief.png, [[b[1], b[0]], [b[3], b[2]]], { pane: "base", className: "relief" }).addTo(map);
  }
  area(base.lakes, "#d8e5ee");
  line(base.coast, { pane: "base", weight: 0.7, color: "#9db4c4" });
  base.rivers.forEach((river) => {
    line(river[1], { pane: "base", weight: Math.max(0.7, 2.2 - 0.4 * river[0]), color: "#aecbdc" });
    line(river[1], { pane: "line", weight: Math.max(0.6, 1.6 - 0.3 * river[0]), color: "#4d7f9f", opacity: 0.55 });
  });
  line(base.lakes, { pane: "line", weight: 0.6, color: "#4d7f9f", opacity: 0.55 });
}

function cityMarker(place) {
  const dot = document.createElement("div");
  dot.appendChild(document.createElement("i"));
  dot.appendChild(document.createElement("span"));
  const marker = textMarker([place[2], place[3]], "city-label", "number", dot);
  marker.words = [place[0], place[1]];
  return marker;
}

function drawSurge(data) {
  const surge = data.surge;
  const group = L.layerGroup();
  const points = surge.latitude.map((latitude, n) => {
    const circle = L.circleMarker([latitude, surge.longitude[n]], { pane: "surge", weight: 1, color: "#3d4a55", fillColor: "#fff", fillOpacity: 1, radius: 2 });
    return circle.addTo(group);
  });
  const labels = L.layerGroup().addTo(group);
  return { group: group, points: points, labels: labels };
}

function showSurge(map, data, layer, hour, cities) {
  const offset = hour * layer.points.length;
  const order = layer.points.map((circle, n) => ({ n: n, value: data.surge.value[offset + n], p: map.latLngToContainerPoint(circle.getLatLng()) }));
  order.sort((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.n - b.n);
  layer.labels.clearLayers();
  const drawn = [];
  const taken = cityBoxes(map, cities);
  order.forEach((entry) => {
    const circle = layer.points[entry.n];
    // where points crowd, the largest of them stands for its neighbours
    const crowded = drawn.some((p) => Math.abs(p.x - entry.p.x) < 9 && Math.abs(p.y - entry.p.y) < 9);
    if (crowded) {
      circle.remove();
      return;
    }
    drawn.push(entry.p);
    const size = entry.value === null ? 0 : Math.abs(entry.value);
    circle.addTo(layer.group).setRadius(surgeRadius(size)).setStyle({ fillColor: entry.value === null ? NO_DATA_FILL : surgeGrey(size) });
    circle.unbindTooltip();
    circle.bindTooltip(() => element("span", entry.value === null ? "–" : `${entry.value.toFixed(2)} m`));
    const box = [entry.p.x - 13, entry.p.y - surgeRadius(size) - 15, entry.p.x + 13, entry.p.y - surgeRadius(size)];
    if (size < 0.05 || taken.some((other) => overlaps(box, other))) return;
    taken.push(box);
    const marker = textMarker(circle.getLatLng(), "surge-label", "number");
    const text = marker.options.icon.options.html;
    text.textContent = entry.value.toFixed(1);
    text.style.top = -surgeRadius(size) - 8 + "px";
    marker.addTo(layer.labels);
  });
}

// Grey deepens with the surge [m]; no tier colour, since it is not graded.
function surgeGrey(size) {
  const grey = Math.round(255 - 110 * Math.min(1, size / 2));
  return `rgb(${grey},${grey},${grey})`;
}

function surgeRadius(size) {
  return 2.5 + 10 * Math.sqrt(size / 2);
}

function overlaps(a, b) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

function showRaster(map, layers, raster, hour) {
  if (showTiles(map, layers, raster) || !raster) {
    if (layers.raster) layers.raster.remove();
    layers.raster = null;
    return;
  }
  const address = "data:image/png;base64," + raster.png[hour];
  const [west, south, east, north] = raster.bounds;
  if (!layers.raster) {
    layers.raster = L.imageOverlay(address, [[south, west], [north, east]], { pane: "raster", className: "raster" }).addTo(map);
  } else {
    layers.raster.setUrl(address);
    layers.raster.setBounds([[south, west], [north, east]]);
  }
}
