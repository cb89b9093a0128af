// Layers that someone added: assets, shelters, roads, zones. Ink of their own, no tier colour.
function readExtras() {
  return Array.from(document.querySelectorAll("script.extra")).map((node) => {
    const block = readBlock(node);
    const extra = block.data;
    extra.at = extra.parts.map((part) => paths(part, block.bytes));
    return extra;
  });
}

// Wall sections, villages, slopes, reservoirs that have a place and are not green: a mark in the colour of their worst tier.
function assetExtra(data) {
  const placed = data.assets.filter((asset) => asset.at && asset.tier !== 0).sort((a, b) => a.tier - b.tier);
  return { assets: placed, name: data.assetWords, kind: "asset", colour: "#1a1a1a", rows: placed, shown: true, note: placed.some((asset) => asset.example) ? data.exampleWords : null };
}

function drawAssets(extra, writer) {
  const group = L.layerGroup();
  extra.assets.forEach((asset) => {
    const options = { pane: "extra", radius: asset.tier > 0 ? 6 : 4, color: extra.colour, weight: 2, fillColor: writer.colour(asset.tier), fillOpacity: 1, className: "extra" };
    if (asset.example) options.dashArray = "2 3"; // invented: shown, and counted for nothing
    L.circleMarker(asset.at, options).bindPopup(() => assetLine(asset, writer), { maxWidth: 260 }).addTo(group);
  });
  return group;
}

function drawExtra(extra, view, writer) {
  const group = L.layerGroup();
  const canvas = extra.rows.length > 400 ? L.canvas({ pane: "extra" }) : undefined;
  extra.at.forEach((parts, n) => {
    const options = { pane: "extra", renderer: canvas, color: extra.colour, weight: extra.kind === "line" ? 3 : 1.6, fillColor: extra.colour, fillOpacity: extra.kind === "area" ? 0 : 1, className: "extra" };
    if (extra.dash) options.dashArray = extra.dash;
    const casing = Object.assign({}, options, { color: "#fff", weight: options.weight + 2.4, dashArray: null, interactive: false, fill: false });
    let layer;
    if (extra.kind === "point") layer = L.featureGroup(parts.map((part) => L.circleMarker(part[0], Object.assign({ radius: 5 }, options, { color: "#fff" }))));
    else {
      const make = extra.kind === "line" ? L.polyline : L.polygon;
      make(parts, casing).addTo(group); // a white edge, so that ink is seen on red and blue too
      layer = make(parts, options);
    }
    layer.bindPopup(() => extraText(extra, n, writer), { maxWidth: 260 });
    layer.addTo(group);
  });
  return group;
}

function extraText(extra, n, writer) {
  const box = element("div", null, "extra-text");
  box.appendChild(element("b", writer.pick(extra.name)));
  const list = document.createElement("dl");
  extra.columns.forEach((column, k) => {
    const value = extra.rows[n][k];
    if (value === null || value === "") return;
    list.appendChild(element("dt", writer.pick(column)));
    list.appendChild(element("dd", String(value)));
  });
  box.appendChild(list);
  return box;
}

function writeExtras(map, extras, view, writer) {
  const box = document.getElementById("extras");
  box.hidden = !extras.length;
  Array.from(box.querySelectorAll("label, .note")).forEach((node) => node.remove());
  extras.forEach((extra) => {
    const label = element("label");
    const input = document.createElement("input");
    input.type = "checkbox";
    input.checked = Boolean(extra.shown);
    const show = () => {
      if (extra.shown && !extra.group) extra.group = extra.assets ? drawAssets(extra, writer) : drawExtra(extra, view, writer);
      if (extra.shown) extra.group.addTo(map);
      else if (extra.group) extra.group.remove();
    };
    input.addEventListener("change", () => { extra.shown = input.checked; show(); });
    show();
    const key = element("i", null, "key key-" + extra.kind);
    key.style.color = extra.colour;
    label.appendChild(input);
    label.appendChild(key);
    label.appendChild(element("span", writer.pick(extra.name) + " (" + extra.rows.length + ")"));
    box.appendChild(label);
    if (extra.note) box.appendChild(element("p", writer.pick(extra.note), "note"));
  });
}
