// Why a county has its tier: each number with its threshold, source and status.
function writeDetails(data, view, writer, select, goTo) {
  const words = writer.words();
  const n = view.region;
  const box = document.getElementById("details");
  box.textContent = "";
  const level = view.level;
  const regions = level.regions;
  const head = element("div", null, "head-line");
  head.appendChild(element("h2", regions.name[n]));
  const close = element("button", words.close, "close");
  close.type = "button";
  close.addEventListener("click", () => select(null));
  head.appendChild(close);
  box.appendChild(head);
  const people = regions.population(n);
  const facts = [regions.city[n], words.code + " " + regions.code[n]];
  if (people !== null) facts.push(words.population + " " + writer.whole(people));
  box.appendChild(element("p", facts.join(" · "), "facts"));
  box.appendChild(tierCards(data, view, writer, n, goTo));
  historyLines(view, writer, n).forEach((text) => box.appendChild(element("p", text, "facts history")));

  if (data.risk && level.id === data.risk.level) box.appendChild(riskLine(data.risk, writer, n));
  const at = view.hour * level.count + n;
  const known = level.hazards.filter((hazard) => hazard.tier[at] >= 0);
  known.sort((a, b) => b.tier[at] - a.tier[at]);
  known.forEach((hazard) => box.appendChild(hazardBlock(data, view, writer, hazard, n, goTo)));
  const unknown = level.hazards.filter((hazard) => hazard.tier[at] === NO_DATA);
  if (unknown.length) box.appendChild(element("p", words.unknown + ": " + unknown.map((h) => writer.pick(h.words)).join("、"), "note"));
  const absent = level.hazards.filter((hazard) => hazard.tier[at] === NOT_APPLICABLE);
  if (absent.length) box.appendChild(element("p", words.notApplicable + ": " + absent.map((h) => writer.pick(h.words)).join("、"), "note"));
  const assets = assetBlock(data, writer, regions.code[n]);
  if (assets) box.appendChild(assets);
  const links = linkRow(data, view, writer, n);
  if (links) box.appendChild(links);
  data.lacking.forEach((entry) => {
    box.appendChild(element("p", words.lacking + ": " + writer.pick(entry.words) + " – " + writer.pick(entry.lacks), "note"));
  });
}

function tierCards(data, view, writer, n, goTo) {
  const words = writer.words();
  // an unknown hour outranks a green one: a window is green only where every hour is known to be
  const rank = (hour) => { const code = view.level.combined[hour * view.level.count + n]; return code === -1 ? 0.5 : code; };
  let worst = 0;
  data.times.forEach((_, hour) => { if (rank(hour) > rank(worst)) worst = hour; });
  const cards = element("div", null, "tiers");
  const card = (tag, title, code) => {
    const box = document.createElement(tag);
    box.appendChild(element("small", title));
    box.appendChild(writer.swatch(code));
    box.appendChild(element("b", writer.tierText(code)));
    return box;
  };
  cards.appendChild(card("div", words.now + " " + writer.clock(data.times[view.hour]).text, view.level.combined[view.hour * view.level.count + n]));
  const jump = card("button", words.worst + " " + writer.clock(data.times[worst]).text, view.level.combined[worst * view.level.count + n]);
  jump.type = "button";
  jump.addEventListener("click", () => goTo(worst));
  cards.appendChild(jump);
  return cards;
}

// The index beside the tier, with its parts and the people behind it.
function riskLine(risk, writer, n) {
  const words = writer.words();
  const whole = (read) => (read(n) === null ? "–" : writer.whole(read(n)));
  const index = risk.index(n);
  const line = element("p", words.risk + ": ", "facts");
  line.appendChild(element("b", index === null ? "–" : index.toFixed(1)));
  line.appendChild(document.createTextNode(" (" + words.riskParts.map((part, k) => part + " " + whole(risk.parts[k])).join(", ") + "). "
    + words.riskPeople + ": " + whole(risk.people[0]) + " (" + whole(risk.people[1]) + " / " + whole(risk.people[2]) + ")"));
  return line;
}

// The cycle before, the compound rule, and a published tier that is held.
function historyLines(view, writer, n) {
  const words = writer.words();
  const history = view.level.history;
  const at = view.hour * view.level.count + n;
  const lines = [];
  if (history.earlier) lines.push(beforeText(writer, history.earlier.issued, history.earlier.combined[at], view.level.combined[at]));
  if (history.raised && history.raised[at]) lines.push(words.raised);
  const held = history.held[n];
  if (held) {
    lines.push(words.published + ": " + writer.tierText(history.published[n]) + " – " + words.held + " " + writer.clock(held[0]).text + " (" + writer.pick(held[1]) + ")");
  }
  return lines;
}

function beforeText(writer, issued, before, now) {
  const words = writer.words();
  const known = before >= 0 && now >= 0;
  return words.previous + " (" + writer.clock(issued).text + "): " + (before >= NOT_APPLICABLE ? writer.tierText(before) : "–")
    + (known ? ", " + words.unchanged[1 + Math.sign(now - before)] : "");
}

function hazardBlock(data, view, writer, hazard, n, goTo) {
  const words = writer.words();
  const at = view.hour * view.level.count + n;
  const tier = hazard.tier[at];
  const metric = hazard.metrics[hazard.metric(at)];
  const units = writer.units(metric.units);
  const number = (value) => (value === null ? "–" : value.toFixed(hazard.decimals) + " " + units);
  const threshold = hazard.thresholds[hazard.threshold(at)];
  const box = element("section", null, "hazard");
  const title = document.createElement("h3");
  title.appendChild(writer.swatch(tier));
  title.appendChild(document.createTextNode(writer.pick(hazard.words) + " " + writer.tierText(tier)));
  box.appendChild(title);

  const driver = element("p", writer.pick(metric.words) + " ", "driver");
  driver.appendChild(element("b", number(hazard.value(at))));
  if (threshold !== null) {
    const bound = threshold + " " + units;
    driver.appendChild(document.createTextNode(tier > 0 ? " ≥ " + bound : " < " + bound + " (" + words.lowest + ")"));
  }
  box.appendChild(driver);
  box.appendChild(tierRow(data, view, writer, hazard, n, goTo));

  const list = document.createElement("dl");
  const add = (name, text) => {
    list.appendChild(element("dt", name));
    list.appendChild(element("dd", text));
  };
  if (hazard.asset(at) >= 0) add(words.asset, data.assets[hazard.asset(at)].name);
  const share = hazard.share(at);
  if (share !== null) {
    add(words.share, (share * 100).toFixed(1) + " % (" + words.rule + " ≥ " + +(hazard.areaShare * 100).toFixed(2) + " %, " + words.status[hazard.areaShareStatus] + ")");
  }
  const margin = marginText(writer, hazard, metric, tier, hazard.value(at), threshold, units);
  if (margin) add(words.past, margin);
  add(words.maximum, number(hazard.maximum(at)));
  const earlier = view.level.history.earlier;
  if (earlier) add(words.trend, beforeText(writer, earlier.issued, earlier.tier[view.level.hazards.indexOf(hazard)][at], tier));
  if (hazard.people(at) !== null) add(words.affected, writer.whole(hazard.people(at)) + (view.language ? "" : " " + words.people) + " (" + words.modelled + ")");
  const bounds = metric.thresholds.map((bound, t) => (bound === null ? null : writer.pick(data.tiers[t + 1].words) + " " + bound)).filter((text) => text !== null);
  if (bounds.length) add(words.thresholds, bounds.join(" / ") + " " + units);
  add(words.source, metric.source + " [" + metric.status + ": " + words.status[metric.status] + "]");
  add(words.confidence, (words.confidenceWords[metric.confidence] || metric.confidence) + " – " + metric.confidenceNote);
  if (hazard.covered(at) !== null && hazard.covered(at) < 0.999) {
    add(words.covered, (hazard.covered(at) * 100).toFixed(1) + " % (" + words.least + ")");
  }
  box.appendChild(list);
  if (hazard.rain) box.appendChild(element("p", writer.pick(data.rainNote), "note rain"));
  return box;
}

// How far past its own bound a value is, and how far from the next one.
function marginText(writer, hazard, metric, tier, value, threshold, units) {
  if (value === null) return "";
  const digits = hazard.decimals;
  const parts = [];
  if (tier > 0 && threshold !== null) parts.push("+" + (value - threshold).toFixed(digits) + " " + units);
  const next = metric.thresholds.findIndex((bound, t) => t >= tier && bound !== null && bound > value);
  if (next >= 0) parts.push(writer.words().toNext + " " + writer.pick(writer.tierWords(next + 1)) + " " + (metric.thresholds[next] - value).toFixed(digits) + " " + units);
  return parts.join("; ");
}

// Wall sections, villages, slopes and reservoirs of the county that are not green, worst first.
function assetBlock(data, writer, code) {
  const mine = data.assets.filter((asset) => asset.region.startsWith(code) && asset.tier !== 0);
  if (!mine.length) return null;
  const words = writer.words();
  const box = element("section", null, "hazard assets");
  box.appendChild(element("h3", words.assets));
  mine.sort((a, b) => b.tier - a.tier).forEach((asset) => box.appendChild(assetLine(asset, writer)));
  return box;
}

function assetLine(asset, writer) {
  const words = writer.words();
  const line = element("p", null, "driver");
  line.appendChild(writer.swatch(asset.tier));
  line.appendChild(element("b", writer.pick(asset.kind) + " " + asset.name));
  const facts = [writer.tierText(asset.tier)];
  if (writer.pick(asset.reason)) facts.push(writer.pick(asset.reason));
  if (asset.onset !== null && asset.tier > 0) facts.push(words.from + " " + writer.clock(asset.onset).text);
  if (asset.people !== null) facts.push(writer.whole(asset.people) + " " + words.people);
  line.appendChild(document.createTextNode(" " + facts.join("; ")));
  return line;
}

function tierRow(data, view, writer, hazard, n, goTo) {
  const row = element("div", null, "row");
  data.times.forEach((time, hour) => {
    const cell = document.createElement("i");
    const code = hazard.tier[hour * view.level.count + n];
    cell.style.background = code === NOT_APPLICABLE ? "#fff" : writer.colour(code);
    cell.title = writer.clock(time).text + " " + writer.tierText(code);
    if (hour === view.hour) cell.className = "at";
    cell.addEventListener("click", () => goTo(hour));
    row.appendChild(cell);
  });
  return row;
}

function linkRow(data, view, writer, n) {
  const row = element("p", writer.words().letters + ": ", "links");
  const add = (code, prefix) => {
    const links = data.links[code] || {};
    Object.keys(links).forEach((label) => {
      const link = element("a", prefix + label);
      link.href = links[label];
      row.appendChild(link);
    });
  };
  add(view.level.regions.code[n], "");
  if (view.level.regions.code[n].length > 6) add(view.level.regions.code[n].slice(0, 6), "");
  if (view.level.regions.cityCode[n] !== view.level.regions.code[n]) add(view.level.regions.cityCode[n], writer.words().cityLetter + " ");
  return row.childElementCount ? row : null;
}
