// Labels: larger regions first; where the name does not fit the number stands alone, where that does not, nothing.
// Where they stand depends on the window alone, so that an hour only changes their text.
function placeLabels(map, layers, view) {
  const zoom = map.getZoom();
  const level = view.level;
  layers.cities.forEach((marker) => {
    marker.shown = zoom >= CITIES_FROM_ZOOM && zoom < NAMES_FROM_ZOOM.county;
    marker.text = marker.words[view.language];
    marker.getElement().style.display = marker.shown ? "" : "none";
    marker.getElement().querySelector("span").textContent = marker.text;
  });
  layers.labels.clearLayers();
  view.labels = [];
  const taken = view.printing ? [] : cityBoxes(map, layers.cities); // on paper every number goes before the names
  const seen = map.getBounds().pad(0.2);
  const named = zoom >= (NAMES_FROM_ZOOM[level.id] || NAMES_FROM_ZOOM.county);
  labelOrder(level, layers).forEach((n) => {
    const at = level.regions.label;
    const place = [at[2 * n], at[2 * n + 1]];
    if (!seen.contains(place) || !view.inside(n)) return;
    const p = map.latLngToContainerPoint(place);
    const name = level.regions.name[n];
    const half = 5.8 * name.length;
    const wanted = named ? [{ name: name, box: [p.x - half, p.y - 14, p.x + half, p.y + 14] }] : [];
    wanted.push({ name: "", box: [p.x - 5.5, p.y - 6.5, p.x + 5.5, p.y + 6.5] });
    const fit = wanted.find((choice) => !taken.some((other) => overlaps(choice.box, other)));
    if (!fit) return;
    taken.push(fit.box);
    const marker = textMarker(place, "label", "number").addTo(layers.labels);
    marker.getElement().dataset.code = level.regions.code[n];
    const span = marker.getElement().querySelector("span");
    const digit = span.appendChild(element("b"));
    if (fit.name) span.appendChild(document.createTextNode(fit.name));
    view.labels.push({ n: n, digit: digit, text: "" });
  });
  if (view.printing) {
    layers.cities.filter((marker) => marker.shown).forEach((marker) => {
      const box = cityBoxes(map, [marker])[0];
      if (taken.some((other) => overlaps(box, other))) marker.getElement().style.display = "none";
      else taken.push(box);
    });
  }
  view.taken = taken;
  showNumbers(view);
}

function showNumbers(view) {
  view.labels.forEach((label) => {
    const text = view.number(label.n);
    if (text !== label.text) label.digit.textContent = text;
    label.text = text;
  });
}

function cityBoxes(map, cities) {
  return cities.filter((marker) => marker.shown).map((marker) => {
    const p = map.latLngToContainerPoint(marker.getLatLng());
    const width = Array.from(marker.text).reduce((sum, c) => sum + (c.charCodeAt(0) < 256 ? 7.5 : 13.5), 0);
    return [p.x - 5, p.y - 9, p.x + 9 + width, p.y + 9];
  });
}

function labelOrder(level, layers) {
  if (!level.order) {
    const size = layers.levels[level.number].regions.map((layer) => {
      const bounds = layer.getBounds();
      return (bounds.getEast() - bounds.getWest()) * (bounds.getNorth() - bounds.getSouth());
    });
    level.order = size.map((_, n) => n).sort((a, b) => size[b] - size[a] || a - b);
  }
  return level.order;
}
