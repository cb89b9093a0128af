// What lies on the map. Built once; each hour only colours, numbers and positions change.
const PANES = { base: 200, raster: 350, region: 400, line: 420, storm: 450, surge: 460, number: 610, centre: 620 };
const CITIES_FROM_ZOOM = 6.5;
const NAMES_FROM_ZOOM = 9; // the county names then carry the map
const NO_DATA_FILL = "#b8b8b8";
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
    if (["base", "line", "number"].includes(name)) pane.style.pointerEvents = "none";
  });
  drawBase(map, data.base);
  const layers = {
    regions: data.regions.shape.map((shape, n) => drawRegion(map, shape, data.regions.code[n])),
    raster: null,
    numbers: data.regions.label.map((at) => textMarker(at, "label", "number").addTo(map)),
    cities: data.base.places.map((place) => cityMarker(place).addTo(map)),
    surge: data.surge ? drawSurge(data) : null,
  };
  L.polyline(data.regions.cities.map(unpackPath), { pane: "line", interactive: false, weight: 1.4, color: "#3c4a56", opacity: 0.75, smoothFactor: 0.6 }).addTo(map);
  L.control.scale({ position: "bottomright", imperial: false }).addTo(map);
  return layers;
}

function drawRegion(map, shape, code) {
  // all rings in one path: by the even-odd rule an island is filled and a hole is not, whatever their order
  const layer = L.polygon(shape.map(unpackPath), { pane: "region", fillOpacity: 1, weight: 0.8, color: "#fff", smoothFactor: 0.6 }).addTo(map);
  layer.getElement().dataset.code = code;
  return layer;
}

function drawBase(map, base) {
  const area = (paths, colour) => L.polygon(paths.map((path) => [unpackPath(path)]), {
    pane: "base", interactive: false, stroke: false, fillColor: colour, fillOpacity: 1, smoothFactor: 0.6,
  }).addTo(map);
  const line = (paths, options) => L.polyline(paths.map(unpackPath), Object.assign({ interactive: false, smoothFactor: 0.8 }, options)).addTo(map);
  area(base.surroundings, "#f5f2eb");
  area(base.land, "#f5f2eb");
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

// Labels: larger counties first; where the name does not fit the number stands alone, where that does not, nothing.
function placeLabels(map, data, layers, view) {
  const zoom = map.getZoom();
  const order = view.order || (view.order = labelOrder(layers));
  layers.cities.forEach((marker) => {
    marker.shown = zoom >= CITIES_FROM_ZOOM && zoom < NAMES_FROM_ZOOM;
    marker.text = marker.words[view.language];
    marker.getElement().style.display = marker.shown ? "" : "none";
    marker.getElement().querySelector("span").textContent = marker.text;
  });
  const taken = cityBoxes(map, layers.cities);
  order.forEach((n) => {
    const p = map.latLngToContainerPoint(layers.numbers[n].getLatLng());
    const name = data.regions.name[n];
    const number = view.number(n);
    const half = 5.8 * name.length;
    const wanted = zoom >= NAMES_FROM_ZOOM ? [{ name: name, box: [p.x - half, p.y - 14, p.x + half, p.y + 14] }] : [];
    wanted.push({ name: "", box: [p.x - 5.5, p.y - 6.5, p.x + 5.5, p.y + 6.5] });
    const fit = wanted.find((choice) => (choice.name || number !== "") && !taken.some((other) => overlaps(choice.box, other)));
    const span = layers.numbers[n].getElement().querySelector("span");
    span.textContent = "";
    if (!fit) return;
    taken.push(fit.box);
    if (number !== "") span.appendChild(element("b", number));
    if (fit.name) span.appendChild(document.createTextNode(fit.name));
  });
}

function cityBoxes(map, cities) {
  return cities.filter((marker) => marker.shown).map((marker) => {
    const p = map.latLngToContainerPoint(marker.getLatLng());
    const width = Array.from(marker.text).reduce((sum, c) => sum + (c.charCodeAt(0) < 256 ? 7.5 : 13.5), 0);
    return [p.x - 5, p.y - 9, p.x + 9 + width, p.y + 9];
  });
}

function labelOrder(layers) {
  const size = layers.regions.map((layer) => {
    const bounds = layer.getBounds();
    return (bounds.getEast() - bounds.getWest()) * (bounds.getNorth() - bounds.getSouth());
  });
  return size.map((_, n) => n).sort((a, b) => size[b] - size[a] || a - b);
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
