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

  function swatch(code) {
    const box = element("span", mark(code), "swatch" + (code === 4 || code === 1 ? " dark" : ""));
    box.style.background = code === NOT_APPLICABLE ? "#fff" : colour(code);
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

  return { pick, words, clock, lead, tierText, colour, mark, swatch, units, whole, fixText };
}

function layerChoices(data) {
  const choices = [{ id: "combined", kind: "region", tiers: data.combined, words: data.combinedWords, full: true }];
  data.hazards.forEach((hazard) => {
    choices.push({ id: "tier:" + hazard.id, kind: "region", tiers: hazard.tier, words: hazard.words, rain: hazard.rain, hazard: hazard });
  });
  Object.keys(data.rasters).forEach((id) => {
    const hazard = data.hazards.find((entry) => entry.id === id);
    choices.push({ id: "raster:" + id, kind: "raster", raster: data.rasters[id], tiers: hazard ? hazard.tier : data.combined, words: data.rasters[id].words, rain: hazard && hazard.rain, hazard: hazard });
  });
  windowChoices(data).forEach((choice) => choices.push(choice));
  if (data.surge) choices.push({ id: "surge", kind: "surge", tiers: data.combined, words: data.surge.words, full: true });
  return choices;
}

function layerName(choice, writer) {
  const words = writer.words();
  if (choice.id === "combined") return words.combined;
  if (choice.kind === "surge") return words.surge;
  return writer.pick(choice.words) + " · " + (choice.kind === "raster" ? words.grid : words.county);
}

function writeLayers(data, view, writer, choose) {
  const box = document.getElementById("layers");
  Array.from(box.querySelectorAll(".layer-group, .lacking")).forEach((node) => node.remove());
  const groups = { full: [], region: [], raster: [], surge: [] };
  view.choices.forEach((choice) => groups[choice.id === "combined" ? "full" : choice.kind].push(choice));
  ["full", "region", "raster", "surge"].filter((name) => groups[name].length).forEach((name) => {
    const group = element("div", null, "layer-group");
    groups[name].forEach((choice) => {
      const label = element("label", null, choice.full ? "wide" : "");
      const input = document.createElement("input");
      input.type = "radio";
      input.name = "layer";
      input.value = choice.id;
      input.checked = choice === view.choice;
      input.addEventListener("change", () => choose(choice));
      label.appendChild(input);
      label.appendChild(element("span", layerName(choice, writer)));
      group.appendChild(label);
    });
    box.appendChild(group);
  });
  if (data.lacking.length) {
    const list = data.lacking.map((entry) => writer.pick(entry.words) + "(" + writer.pick(entry.lacks) + ")").join(view.language ? "; " : "、");
    box.appendChild(element("p", writer.words().lacking + ": " + list, "note lacking"));
  }
}

function writeLegend(data, view, writer) {
  const words = writer.words();
  const surge = view.choice.kind === "surge";
  document.getElementById("legend-title").textContent = layerName(view.choice, writer);
  const rows = document.getElementById("legend-rows");
  rows.textContent = "";
  const counts = {};
  view.tiersNow().forEach((code) => { counts[code] = (counts[code] || 0) + 1; });
  const codes = [4, 3, 2, 1, 0, NO_DATA].concat(counts[NOT_APPLICABLE] ? [NOT_APPLICABLE] : []);
  if (!surge) {
    codes.forEach((code) => {
      const row = document.createElement("tr");
      const name = document.createElement("td");
      name.appendChild(writer.swatch(code));
      name.appendChild(document.createTextNode(writer.tierText(code)));
      row.appendChild(name);
      const count = element("td", (counts[code] || 0) + (view.language ? "" : " 个"));
      count.dataset.tier = code;
      row.appendChild(count);
      rows.appendChild(row);
    });
  }
  const note = [];
  if (surge) {
    [0.5, 1, 2].forEach((size) => rows.appendChild(surgeRow(size)));
    note.push(words.unit);
    note.push(writer.pick(data.surge.note));
    if (data.surge.lacks) note.push(words.ungraded + ": " + writer.pick(data.surge.lacks));
  } else {
    note.push(view.choice.kind === "raster" ? words.gridNote : words.counties);
  }
  if (view.choice.rain) note.push(writer.pick(data.rainNote));
  const box = document.getElementById("legend-note");
  box.textContent = note.join(view.language ? ". " : "; ");
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

function writeList(data, view, writer, select) {
  const words = writer.words();
  const box = document.getElementById("details");
  box.textContent = "";
  box.appendChild(element("h2", words.listTitle));
  box.appendChild(element("p", words.listHint, "facts"));
  const now = view.tiersNow();
  const shown = now.map((code, n) => ({ code: code, n: n })).filter((entry) => entry.code >= 1);
  shown.sort((a, b) => b.code - a.code || a.n - b.n);
  if (!shown.length) box.appendChild(element("p", words.listNone, "note"));
  const list = element("ol", null, "ranking");
  shown.forEach((entry) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.appendChild(writer.swatch(entry.code));
    button.appendChild(document.createTextNode(data.regions.name[entry.n]));
    button.appendChild(element("small", data.regions.city[entry.n] + driverWords(data, view, writer, entry.n)));
    button.addEventListener("click", () => select(entry.n));
    item.appendChild(button);
    list.appendChild(item);
  });
  box.appendChild(list);
}

function driverWords(data, view, writer, n) {
  const at = view.hour * data.count + n;
  if (view.choice.hazard) {
    const hazard = view.choice.hazard;
    if (hazard.value[at] === null) return "";
    // the metric is named: a gust of 31 m/s may be yellow where a mean wind of 30 m/s is orange
    const metric = hazard.metrics[hazard.metric[at]];
    return " · " + writer.pick(metric.words) + " " + hazard.value[at].toFixed(hazard.decimals) + " " + writer.units(metric.units);
  }
  const worst = Math.max(...data.hazards.map((hazard) => hazard.tier[at]));
  const driving = data.hazards.filter((hazard) => hazard.tier[at] === worst);
  return " · " + driving.map((hazard) => writer.pick(hazard.words)).join(view.language ? ", " : "、");
}
