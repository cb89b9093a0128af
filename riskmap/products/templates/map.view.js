// What is drawn how: fill and outline of every region, hatching, the filter, and the page on paper.
function regionFill(view, writer, n) {
  const at = view.hour * view.level.count + n;
  const code = view.choice.tiers[at];
  if (view.choice.kind === "risk" && view.inside(n)) return riskInk(view.choice.risk.index(n));
  const tiered = view.choice.kind === "region" || view.choice.kind === "ensemble";
  if (!tiered || code === NOT_APPLICABLE || !view.inside(n)) return EMPTY_FILL;
  return paint(view, writer, code, view.choice.ensemble ? view.choice.ensemble.chance(at) : undefined);
}

// Colours only: what an hour changes. A path keeps what it has where nothing is new.
function showFills(view, writer, drawn) {
  drawn.regions.forEach((layer, n) => {
    const fill = regionFill(view, writer, n);
    if (layer.options.fillColor === fill) return;
    layer.options.fillColor = fill;
    if (layer._path) layer._path.setAttribute("fill", fill);
  });
}

function showOutlines(view, drawn) {
  const raster = view.choice.kind === "raster";
  const surge = view.choice.kind === "surge";
  drawn.regions.forEach((layer, n) => {
    layer.setStyle({
      fillOpacity: raster || surge ? 0 : 1,
      color: view.region === n ? "#10181f" : raster ? "#3c4a56" : surge ? "#b3bcc4" : "#ffffff",
      weight: view.region === n ? 3 : raster ? 0.6 : view.level.count > 300 ? 0.5 : 0.8,
    });
  });
  if (view.region !== null) drawn.regions[view.region].bringToFront();
}

// The filter is a code: of a city, or of a county where smaller units are shown.
function filterChoices(data, view, writer) {
  const select = document.getElementById("filter");
  select.textContent = "";
  const add = (value, text) => {
    const option = element("option", text);
    option.value = value;
    option.selected = value === view.filter;
    select.appendChild(option);
  };
  add("", writer.words().whole);
  const county = data.levels.find((level) => level.id === "county") || data.levels[0];
  const seen = {};
  county.regions.cityCode.forEach((code, n) => {
    if (seen[code] || !county.regions.city[n]) return;
    seen[code] = true;
    add(code, county.regions.city[n]);
  });
  if (view.level.id === "township" || view.level.id === "village") {
    county.regions.code.forEach((code, n) => add(code, county.regions.city[n] + " " + county.regions.name[n]));
  }
  document.getElementById("filter-box").hidden = select.options.length < 3;
}

// On paper: one A4 landscape page, hatched, every number that fits, the whole filter in sight.
function preparePrint(map, view, redraw, fit) {
  let before = null;
  const enter = () => {
    if (before) return;
    before = { hatched: view.hatched, centre: map.getCenter(), zoom: map.getZoom() };
    view.printing = true;
    view.hatched = true;
    document.body.classList.add("print");
    map.invalidateSize({ animate: false, pan: false });
    fit();
    redraw();
  };
  const leave = () => {
    if (!before) return;
    view.printing = false;
    view.hatched = before.hatched;
    document.body.classList.remove("print");
    map.invalidateSize({ animate: false, pan: false });
    map.setView(before.centre, before.zoom, { animate: false });
    before = null;
    redraw();
  };
  window.addEventListener("beforeprint", enter);
  window.addEventListener("afterprint", leave);
  return { enter: enter, leave: leave };
}

// Old maps are dangerous: the page compares its own times with the clock of the computer that shows it.
function writeAge(data, view, writer) {
  const box = document.getElementById("age");
  const words = writer.words();
  const age = (Date.now() / 1000 - data.dataTime) / 3600;
  const ends = data.times[data.times.length - 1];
  const lines = [];
  if (!data.past) {
    if ((data.issued - Date.now() / 1000) / 3600 > 1) lines.push(words.early);
    else if (Date.now() / 1000 > ends) lines.push(words.over);
    else if (age > data.staleAfter) lines.push(words.stale + " " + Math.floor(age) + " " + words.hours + (view.language ? " " : ", ") + words.staleNew);
  }
  box.hidden = !lines.length;
  box.textContent = lines.join("; ");
}
