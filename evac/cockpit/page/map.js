// The map of the children and the hours to come. No tile, no picture: paths of the published run's regions.
const NAME_SIZE = 21; // units of the drawing a Chinese character takes
const MANY = 40; // regions that cannot all be named
const FEW = 12; // regions that are all named, whatever their size
const map = { hour: null, code: "" }; // hour: index chosen by hand, null follows the clock

function hourOf(tiers) {
  if (!tiers) return null;
  return map.hour === null || map.hour >= tiers.hours.length ? tiers.now : map.hour;
}

function tierAt(doc, code) {
  const tiers = doc.tiers;
  const hour = hourOf(tiers);
  if (!tiers || hour === null) return -1;
  if (tiers.rows[code]) return tiers.rows[code][hour];
  return code === doc.place.code ? tiers.combined[hour] : -1;
}

function drawMap(doc, shapes) {
  if (doc.place.level === "shelter") return occupancy(doc);
  if (!shapes || !shapes.regions.length) return [el("h2", {}, head("map")), tiles(doc)];
  const rows = {};
  doc.rows.forEach((row) => { rows[row.code] = row; });
  const drawing = svg("svg", { viewBox: "0 0 " + shapes.width + " " + shapes.height, role: "group", "aria-label": t("map"), class: "map", preserveAspectRatio: "xMidYMid meet" });
  shapes.regions.forEach((region) => {
    const tier = tierAt(doc, region.code);
    const leads = region.code !== doc.place.code && (!rows[region.code] || rows[region.code].open_below) && reaches(region.code);
    const words = spoken(region, tier, rows[region.code]);
    drawing.append(svg("path", {
      d: region.path, class: "area fill" + tierKey(tier) + (leads ? " leads" : ""), "data-code": region.code, "data-tier": tierKey(tier),
      tabindex: leads ? "0" : null, role: leads ? "link" : "img", "data-key": "area " + region.code, "aria-label": words,
      onclick: leads ? () => go(region.code) : null, onkeydown: leads ? (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); go(region.code); } } : null,
    }, [svg("title", { text: words })]));
  });
  const names = namesOf(doc, shapes);
  drawing.append(names);
  return [el("h2", {}, head("map")), hourLine(doc), el("div", { class: "mapbox" }, [drawing]), legend(doc, shapes)];
}

function spoken(region, tier, row) {
  const said = [region.name, tierWord(tier) + " " + TIERS[tierKey(tier)].long[language]];
  if (row && row.due) said.push(t("due") + " " + figure(row.due), t("moved") + " " + figure(row.moved), t("unaccounted") + " " + figure(row.unaccounted));
  if (row && row.reason) said.push(row.reason);
  return said.join(", ");
}

// The word of the tier beside its colour wherever there is room, for whoever cannot tell the colours apart. Among many
// regions those at orange and red are named first; no name lies on another.
function namesOf(doc, shapes) {
  const taken = [];
  const few = shapes.regions.length <= FEW;
  const layer = svg("g", { class: "names" + (few ? " few" : ""), "aria-hidden": "true" });
  const many = shapes.regions.length > MANY;
  const unit = few ? NAME_SIZE * 1.6 : NAME_SIZE;
  const place = (region, ink, text, y, kind) => {
    const size = kind === "name big" ? unit * 1.2 : unit;
    const half = (text.length * size) / 2;
    const box = [region.at[0] - half, region.at[1] + y - size / 2, region.at[0] + half, region.at[1] + y + size / 2];
    if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) return false;
    taken.push(box);
    layer.append(svg("text", { x: region.at[0], y: region.at[1] + y, class: kind + " on-" + ink, text: text }));
    return true;
  };
  shapes.regions.map((region) => ({ region: region, tier: tierAt(doc, region.code) })).sort((a, b) => Math.max(b.tier, 2) - Math.max(a.tier, 2) || b.region.room - a.region.room).forEach((one) => {
    const region = one.region;
    const ink = TIERS[tierKey(one.tier)].ink;
    const word = tierWord(one.tier);
    const short = region.name.length > 2 ? region.name.replace(/(?:区|县|市|镇|乡|街道)$/, "") : region.name;
    const inside = region.room >= short.length * unit * 0.92;
    const both = inside && !many && region.room >= unit * 2.3;
    if (both && place(region, ink, short, -unit * 0.5, "name")) return place(region, ink, word, unit * 0.62, "word");
    const named = many ? one.tier === 4 || (one.tier === 3 && region.room > unit * 0.7) : inside || few;
    if (named && place(region, ink, short + (language ? " " : "") + word, 0, "name big")) return true;
    return (region.room >= unit * 0.8 || few) && place(region, ink, word, 0, "word");
  });
  return layer;
}

// A shelter has no map: how full it is, instead.
function occupancy(doc) {
  const row = doc.shelters && doc.shelters.rows.filter((one) => one.id === doc.place.code)[0];
  if (!row) return [el("h2", {}, head("room")), el("p", { class: "none", text: t("unread") })];
  return [el("h2", {}, head("room")), el("div", { class: "occupancy" + (row.full ? " late" : row.near_full ? " near" : "") }, [
    el("b", { text: figure(row.present) }), el("span", { text: " / " + figure(row.capacity) }),
    el("span", { class: "meter", "aria-hidden": "true" }, [wide(el("span"), row.share || 0)]),
    el("span", { text: percent(row.share) + (row.full ? " · " + t("full") : row.near_full ? " · " + t("near_full") : "") }),
  ])];
}

// Where no outlines are kept, towns and villages stand as tiles.
function tiles(doc) {
  if (!doc.rows.length) return el("p", { class: "none", text: t("no_outline") });
  return el("div", { class: "tiles" }, doc.rows.map((row) => {
    const tier = doc.tiers && doc.tiers.rows[row.code] ? tierAt(doc, row.code) : row.tier;
    const leads = row.open_below && reaches(row.code);
    return el(leads ? "a" : "span", { class: "tile fill" + tierKey(tier), href: leads ? hashOf(row.code) : null, "data-code": row.code, "data-tier": tierKey(tier), "data-key": "tile " + row.code }, [
      el("span", { text: row.name }), el("b", { text: tierWord(tier) }),
    ]);
  }));
}

function legend(doc, shapes) {
  const counts = {};
  shapes.regions.forEach((region) => { const key = tierKey(tierAt(doc, region.code)); counts[key] = (counts[key] || 0) + 1; });
  return el("p", { class: "legend", id: "legend" }, ["4", "3", "2", "1", "0", "-1"].map((key) => el("span", { class: counts[key] ? "" : "absent", "data-tier": key }, [
    el("span", { class: "chip tier" + key, text: TIERS[key].words[language] }), el("span", { class: "long", text: TIERS[key].long[language].replace("风险", "") }), el("b", { text: String(counts[key] || 0) }),
  ])));
}

function hourLine(doc) {
  const tiers = doc.tiers;
  if (!tiers) return el("p", { class: "sub", text: t("no_tiers") });
  const hour = hourOf(tiers);
  const at = hour === null ? null : instant(tiers.hours[hour]);
  return el("p", { class: "sub hourline" }, [
    el("span", { text: hour === null ? t("beyond") : (hour === tiers.now ? t("now") : t("hour_of")) + " " + shortAt(at) }),
    el("span", { class: "soft", text: t("issued") + " " + shortAt(instant(tiers.issued_at)) }),
    map.hour !== null && map.hour !== tiers.now ? el("button", { type: "button", class: "quiet", "data-key": "now", text: t("back_to_now"), onclick: () => chooseHour(null) }) : null,
  ]);
}

// One row a hazard, one column an hour; arrows move the hour of the map.
function drawStrip(doc) {
  const tiers = doc.tiers;
  if (!tiers || !tiers.hours.length) return [el("h2", {}, head("ahead")), el("p", { class: "none", text: t("no_tiers") })];
  const rows = [["combined", t("combined"), tiers.combined]].concat(Object.keys(tiers.hazards).map((id) => [id, named(id, tiers.words[id] || id), tiers.hazards[id]]).filter((row) => row[2].some((tier) => tier > 0)));
  const n = tiers.hours.length;
  const chosen = hourOf(tiers);
  const high = 20;
  const drawing = svg("svg", { class: "strip", viewBox: "0 0 " + n * 10 + " " + rows.length * high, preserveAspectRatio: "none", "aria-hidden": "true" });
  rows.forEach((row, r) => {
    for (let from = 0; from < n;) {
      let to = from + 1;
      while (to < n && row[2][to] === row[2][from]) to++;
      drawing.append(svg("rect", { x: from * 10, y: r * high + 1.5, width: (to - from) * 10, height: high - 3, class: "fill" + tierKey(row[2][from]) }));
      from = to;
    }
  });
  if (tiers.now !== null) drawing.append(svg("rect", { x: 0, y: 0, width: tiers.now * 10, height: rows.length * high, class: "past" }));
  if (chosen !== null) drawing.append(svg("rect", { x: chosen * 10, y: 0, width: 10, height: rows.length * high, class: "cursor" }));
  const words = el("div", { class: "strip-words" }, rows.map((row) => el("span", { class: "strip-word" }, [el("span", { text: row[1].split(/[((]/)[0], title: row[1] }), chosen === null ? null : chip(row[2][chosen])])));
  const slider = el("div", {
    class: "strip-slider", role: "slider", tabindex: "0", "data-key": "strip", "aria-label": t("hour_of"), "aria-valuemin": "0", "aria-valuemax": String(n - 1), "aria-valuenow": String(chosen === null ? 0 : chosen),
    "aria-valuetext": chosen === null ? t("beyond") : shortAt(instant(tiers.hours[chosen])) + " " + tierWord(tiers.combined[chosen]),
    onkeydown: (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: 1, ArrowDown: -1, PageUp: 6, PageDown: -6 }[event.key];
      if (event.key === "Home") chooseHour(0);
      else if (event.key === "End") chooseHour(n - 1);
      else if (event.key === "Escape") chooseHour(null);
      else if (step) chooseHour(Math.max(0, Math.min(n - 1, (chosen === null ? 0 : chosen) + step)));
      else return;
      event.preventDefault();
    },
    onclick: (event) => {
      const box = event.currentTarget.getBoundingClientRect();
      chooseHour(Math.max(0, Math.min(n - 1, Math.floor(((event.clientX - box.left) / box.width) * n))));
    },
  }, [drawing]);
  return [el("h2", {}, head("ahead")), el("div", { class: "strip-box" }, [words, el("div", { class: "strip-right" }, [slider, hourTicks(tiers)])])];
}

function hourTicks(tiers) {
  const n = tiers.hours.length;
  const step = n > 60 ? 12 : n > 14 ? 6 : 2;
  const ticks = el("div", { class: "ticks", "aria-hidden": "true" });
  let day = "";
  tiers.hours.forEach((text, i) => {
    const ms = instant(text);
    if (beijing(ms).getUTCHours() % step !== 0 || (i > n - 3 && n > 8)) return;
    const label = dayOf(ms) !== day ? dayOf(ms) + " " + two(beijing(ms).getUTCHours()) : two(beijing(ms).getUTCHours());
    day = dayOf(ms);
    const tick = el("span", { text: label + (language ? "" : "时") });
    tick.style.left = ((i + 0.5) / n) * 100 + "%";
    ticks.append(tick);
  });
  return ticks;
}
