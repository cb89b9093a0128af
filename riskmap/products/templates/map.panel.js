// Everything in words: legend, layer choice, the list of counties, and why a county has its tier.
function makeWriter(data, view) {
  const pick = (pair) => pair[view.language];
  const words = () => (view.language ? WORDS.en : WORDS.zh);
  const two = (n) => (n < 10 ? "0" : "") + n;

  function clock(seconds) {
    const t = new Date((seconds + 8 * 3600) * 1000); // Beijing time, read with the UTC getters
    const hm = two(t.getUTCHours()) + ":" + two(t.getUTCMinutes());
    const date = two(t.getUTCMonth() + 1) + "-" + two(t.getUTCDate());
    return { date: date, hm: hm, day: words().days[t.getUTCDay()], hour: t.getUTCHours(), text: date + " " + hm };
  }

  function lead(seconds) {
    const hours = (seconds - data.issued) / 3600;
    return (hours < 0 ? "−" : "+") + Math.abs(Math.round(hours * 10) / 10) + " h";
  }

  function tierText(code) {
    if (code === NO_DATA) return pick(data.noData.words);
    if (code === NOT_APPLICABLE) return words().notApplicable;
    const tier = data.tiers[code];
    return view.language ? tier.words[1] : tier.words[0] + " · " + tier.risk;
  }

  function colour(code) {
    return code >= 0 ? data.tiers[code].colour : data.noData.colour;
  }

  function mark(code) {
    return code >= 0 ? String(code) : code === NO_DATA ? "–" : "";
  }

  function swatch(code, chance) {
    const box = element("span", chance === undefined ? mark(code) : null, "swatch" + (isDark(colour(code)) && code >= 0 ? " dark" : ""));
    const fill = paint(view, writer, code, chance);
    if (fill.startsWith("url(")) {
      const svg = svgElement("svg", { width: 30, height: 18, "aria-hidden": "true" });
      svgElement("rect", { width: 30, height: 18, fill: fill }, svg);
      box.insertBefore(svg, box.firstChild);
      if (chance === undefined) box.classList.add("hatched");
    } else box.style.background = code === NOT_APPLICABLE ? "#fff" : fill;
    return box;
  }


  const units = (text) => (text === "1" ? "" : { "m s-1": "m/s", "mm h-1": "mm/h" }[text] || text);
  const whole = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

  function fixText(fix) {
    const w = words();
    const at = clock(fix.time);
    const box = element("div", fix.now ? w.typhoonAt + " " : "");
    box.appendChild(element("b", at.text));
    const add = (text) => { box.appendChild(document.createElement("br")); box.appendChild(document.createTextNode(text)); };
    if (!fix.now) add(fix.forecast ? w.forecast : w.observed);
    add(fix.at[0].toFixed(1) + "°N " + fix.at[1].toFixed(1) + "°E");
    if (fix.wind !== null) add(w.wind + " " + fix.wind.toFixed(0) + " m/s (" + data.track.period / 60 + " " + w.minutes + ")");
    if (fix.pressure !== null) add(w.pressure + " " + fix.pressure.toFixed(0) + " hPa");
    return box;
  }

  const writer = { pick, words, clock, lead, tierText, colour, mark, swatch, units, whole, fixText };
  writer.tierWords = (tier) => data.tiers[tier].words;
  return writer;
}

// Whether white reads better on a colour than ink does (WCAG 2 relative luminance).
function isDark(colour) {
  const part = [1, 3, 5].map((k) => {
    const c = parseInt(colour.slice(k, k + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
  });
  return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2] < 0.18;
}

// What one level can be coloured by; one choice at a time.
function layerChoices(data, level) {
  const choices = [{ id: "combined", kind: "region", tiers: level.combined, words: data.combinedWords, full: true, alone: data.alone }];
  const published = new Int8Array(level.combined.length);
  published.forEach((_, i) => { published[i] = level.history.published[i % level.count]; });
  choices.push({ id: "published", kind: "region", tiers: published, full: true });
  level.hazards.forEach((hazard) => {
    choices.push({ id: "tier:" + hazard.id, kind: "region", tiers: hazard.tier, words: hazard.words, rain: hazard.rain, hazard: hazard });
  });
  Object.keys(data.rasters).forEach((id) => {
    const hazard = level.hazards.find((entry) => entry.id === id);
    choices.push({ id: "raster:" + id, kind: "raster", raster: data.rasters[id], tiers: hazard ? hazard.tier : level.combined, words: data.rasters[id].words, rain: hazard && hazard.rain, hazard: hazard });
  });
  windowChoices(data, level).forEach((choice) => choices.push(choice));
  if (data.ensemble && level.id === data.ensemble.level) {
    choices.push({ id: "ensemble", kind: "ensemble", tiers: data.ensemble.tier, full: true, ensemble: data.ensemble });
  }
  if (data.risk && level.id === data.risk.level) {
    choices.push({ id: "risk", kind: "risk", tiers: level.combined, full: true, risk: data.risk });
  }
  if (data.surge) choices.push({ id: "surge", kind: "surge", tiers: level.combined, words: data.surge.words, full: true });
  return choices;
}

function layerName(choice, writer, level) {
  const words = writer.words();
  if (choice.id === "combined") return choice.alone ? writer.pick(choice.alone) : words.combined;
  if (["surge", "ensemble", "risk", "published"].includes(choice.id)) return words[choice.id];
  return writer.pick(choice.words) + " · " + (choice.kind === "raster" ? words.grid : unitWords(writer, level, words.county));
}

// "县区等级", "county tier": the level's own word before another.
function unitWords(writer, level, word) {
  if (writer.words() !== WORDS.en) return level.words[0] + word;
  return level.words[word === WORDS.en.counted ? 1 : 2] + " " + word;
}

function radio(name, value, text, checked, change, className) {
  const label = element("label", null, className);
  const input = document.createElement("input");
  input.type = "radio";
  input.name = name;
  input.value = value;
  input.checked = checked;
  input.addEventListener("change", change);
  label.appendChild(input);
  label.appendChild(element("span", text));
  return label;
}

function writeLevels(data, view, writer, chooseLevel) {
  const box = document.getElementById("levels");
  box.hidden = data.levels.length < 2;
  Array.from(box.querySelectorAll("label")).forEach((node) => node.remove());
  data.levels.forEach((level) => {
    box.appendChild(radio("level", level.id, writer.pick(level.words), level === view.level, () => chooseLevel(level), ""));
  });
}

function writeLayers(data, view, writer, choose) {
  const box = document.getElementById("layers");
  Array.from(box.querySelectorAll(".layer-group, .lacking")).forEach((node) => node.remove());
  const groups = { full: [], region: [], raster: [], ensemble: [], risk: [], surge: [] };
  view.choices.forEach((choice) => groups[choice.id === "combined" || choice.id === "published" ? "full" : choice.kind].push(choice));
  Object.keys(groups).filter((name) => groups[name].length).forEach((name) => {
    const group = element("div", null, "layer-group");
    groups[name].forEach((choice) => {
      group.appendChild(radio("layer", choice.id, layerName(choice, writer, view.level), choice === view.choice, () => choose(choice), choice.full ? "wide" : ""));
    });
    box.appendChild(group);
  });
  if (data.lacking.length) {
    const list = data.lacking.map((entry) => writer.pick(entry.words) + (view.language ? " (" : "(") + writer.pick(entry.lacks) + ")").join(view.language ? "; " : "、");
    box.appendChild(element("p", writer.words().lacking + ": " + list, "note lacking"));
  }
}

// How many of the regions in sight of the filter have each tier.
function countTiers(view, tiers, hour) {
  const counts = {};
  const start = hour * view.level.count;
  for (let n = 0; n < view.level.count; n++) {
    if (view.inside(n)) counts[tiers[start + n]] = (counts[tiers[start + n]] || 0) + 1;
  }
  return counts;
}

// The legend of a layer; where only the hour is new, only its counts are.
function writeLegend(data, view, writer) {
  const words = writer.words();
  const kind = view.choice.kind;
  const rows = document.getElementById("legend-rows");
  const counts = countTiers(view, view.choice.tiers, view.hour);
  const key = [view.choice.id, view.level.id, view.language, view.hatched, Boolean(counts[NOT_APPLICABLE])].join();
  const text = (code) => (counts[code] || 0) + (view.language ? "" : " 个");
  if (rows.dataset.key === key) {
    rows.querySelectorAll("[data-tier]").forEach((cell) => { if (cell.textContent !== text(cell.dataset.tier)) cell.textContent = text(cell.dataset.tier); });
    return;
  }
  rows.dataset.key = key;
  document.getElementById("legend-title").textContent = layerName(view.choice, writer, view.level);
  rows.textContent = "";
  const codes = [4, 3, 2, 1, 0, NO_DATA].concat(counts[NOT_APPLICABLE] ? [NOT_APPLICABLE] : []);
  if (kind === "risk") {
    RISK_INKS.forEach((ink, n) => rows.appendChild(riskRow(ink, words.riskClasses[n])));
    rows.appendChild(riskRow(NO_DATA_FILL, writer.pick(data.noData.words)));
  }
  else if (kind !== "surge") {
    codes.forEach((code) => {
      const row = document.createElement("tr");
      const name = document.createElement("td");
      name.appendChild(writer.swatch(code));
      name.appendChild(document.createTextNode(writer.tierText(code)));
      row.appendChild(name);
      row.appendChild(element("td", text(code))).dataset.tier = code;
      rows.appendChild(row);
    });
  }
  const note = [];
  if (kind === "surge") {
    [0.5, 1, 2].forEach((size) => rows.appendChild(surgeRow(size)));
    note.push(words.unit);
    note.push(writer.pick(data.surge.note));
    if (data.surge.lacks) note.push(words.ungraded + ": " + writer.pick(data.surge.lacks));
  } else {
    note.push(words.coloured + ": " + writer.pick(data.coloured[kind === "risk" ? "risk" : "hazard"]));
    if (kind !== "risk") note.push(kind === "raster" ? words.gridNote : unitWords(writer, view.level, words.counted));
  }
  if (kind === "ensemble") {
    rows.appendChild(chanceRow(writer));
    note.push(words.chanceNote, writer.pick(view.choice.ensemble.note));
  }
  if (view.choice.id === "published") note.push(words.publishedNote);
  if (view.level.history.automatic) note.push(words.automatic);
  if (view.choice.rain) note.push(writer.pick(data.rainNote));
  if (data.paletteNote) note.push(writer.pick(data.paletteNote));
  document.getElementById("legend-note").textContent = note.join(view.language ? ". " : "; ");
}

function chanceRow(writer) {
  const row = document.createElement("tr");
  const cell = element("td", null, "chance-cell");
  cell.colSpan = 2;
  CHANCE_FROM.forEach((chance, n) => {
    const key = cell.appendChild(document.createElement("span"));
    key.appendChild(writer.swatch(3, chance));
    key.appendChild(document.createTextNode(writer.words().chanceRows[n]));
  });
  row.appendChild(cell);
  return row;
}

// The index has no tier: inks of its own, darker for more.
const RISK_INKS = ["#f2f0f7", "#cbc9e2", "#9e9ac8", "#756bb1", "#54278f"];

function riskInk(index) {
  return index === null ? NO_DATA_FILL : RISK_INKS[Math.min(4, Math.floor(index / 20))];
}

function riskRow(ink, text) {
  const row = document.createElement("tr");
  const cell = element("td", null, "surge-cell");
  cell.appendChild(element("span", null, "swatch")).style.background = ink;
  cell.appendChild(document.createTextNode(text));
  row.appendChild(cell);
  return row;
}

function surgeRow(size) {
  const row = document.createElement("tr");
  const cell = element("td", null, "surge-cell");
  const dot = element("span", null, "surge-dot");
  dot.style.width = dot.style.height = 2 * surgeRadius(size) + "px";
  dot.style.background = surgeGrey(size);
  const holder = element("span", null, "surge-holder");
  holder.appendChild(dot);
  cell.appendChild(holder);
  cell.appendChild(document.createTextNode(size.toFixed(1) + " m"));
  row.appendChild(cell);
  return row;
}

const LONGEST_LIST = 120;

// The regions of the hour, worst first. Rows that say what they said are left alone: the clock may be running.
function writeList(data, view, writer, select) {
  const words = writer.words();
  const level = view.level;
  const box = document.getElementById("details");
  const key = [level.id, view.language, view.hatched].join();
  let list = box.querySelector("ol.ranking");
  if (!list || list.dataset.key !== key) {
    box.textContent = "";
    box.appendChild(element("h2", view.language ? words.listTitle : words.listTitle + unitWords(writer, level, words.county)));
    box.appendChild(element("p", words.listHint, "facts"));
    list = box.appendChild(element("ol", null, "ranking"));
    list.dataset.key = key;
    box.appendChild(element("p", null, "note"));
  }
  const start = view.hour * level.count;
  const shown = [];
  for (let n = 0; n < level.count; n++) {
    if (view.choice.tiers[start + n] >= 1 && view.inside(n)) shown.push({ code: view.choice.tiers[start + n], n: n });
  }
  shown.sort((a, b) => b.code - a.code || a.n - b.n);
  const rest = shown.length - LONGEST_LIST;
  box.lastChild.textContent = shown.length ? (rest > 0 ? words.more + " " + rest : "") : words.listNone;
  shown.slice(0, LONGEST_LIST).forEach((entry, row) => {
    const side = level.regions.city[entry.n] + driverWords(view, writer, entry.n);
    const says = entry.n + " " + entry.code + " " + side;
    const old = list.children[row];
    if (old && old.dataset.says === says) return;
    const item = document.createElement("li");
    item.dataset.says = says;
    const button = item.appendChild(document.createElement("button"));
    button.type = "button";
    button.appendChild(writer.swatch(entry.code));
    button.appendChild(document.createTextNode(level.regions.name[entry.n]));
    button.appendChild(element("small", side));
    button.addEventListener("click", () => select(entry.n));
    if (old) list.replaceChild(item, old);
    else list.appendChild(item);
  });
  while (list.children.length > Math.min(shown.length, LONGEST_LIST)) list.removeChild(list.lastChild);
}

function driverWords(view, writer, n) {
  const at = view.hour * view.level.count + n;
  if (view.choice.hazard) {
    const hazard = view.choice.hazard;
    const value = hazard.value(at);
    if (value === null) return "";
    // the metric is named: a gust of 31 m/s may be yellow where a mean wind of 30 m/s is orange
    const metric = hazard.metrics[hazard.metric(at)];
    return " · " + writer.pick(metric.words) + " " + value.toFixed(hazard.decimals) + " " + writer.units(metric.units);
  }
  if (view.choice.risk) {
    const index = view.choice.risk.index(n);
    return index === null ? "" : " · " + index.toFixed(1);
  }
  if (view.choice.ensemble) {
    const chance = view.choice.ensemble.chance(at);
    return chance === null ? "" : " · " + writer.words().chance + " " + Math.round(chance * 100) + " %";
  }
  if (view.choice.id === "published") return "";
  const counted = view.level.hazards.filter((hazard) => !hazard.apart);
  const worst = Math.max(...counted.map((hazard) => hazard.tier[at]));
  const driving = counted.filter((hazard) => hazard.tier[at] === worst);
  return " · " + driving.map((hazard) => writer.pick(hazard.words)).join(view.language ? ", " : "、");
}
