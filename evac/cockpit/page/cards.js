// The cards of the overview: each takes the document and gives nodes, or null where there is nothing to show.
function tile(name, value, notes, kind) {
  return el("div", { class: "kpi " + (kind || ""), "data-figure": name }, [
    el("span", { class: "kpi-name" }, WORDS[name] ? head(name) : [name]), el("b", { class: "kpi-value", text: value }),
    el("span", { class: "kpi-notes" }, notes.map((note) => (note[1] === null ? null : el("span", {}, [el("i", { text: note[0] }), el("b", { text: note[1] })])))),
  ]);
}

function drawFigures(doc) {
  const count = doc.head_count;
  if (!count) return [el("p", { class: "none", text: t("figures") + ": " + t("unread") })];
  const f = count.figures;
  if (f.due === undefined) return Object.keys(f).map((name) => tile(name, figure(f[name]), [], "good")); // a shelter counts who is there, and nothing else
  const note = (name, always) => [t(name), f[name] === undefined || (!always && f[name] === 0) ? null : figure(f[name])];
  const bar = el("span", { class: "meter", role: "img", "aria-label": t("moved") + " " + percent(count.share) }, [wide(el("span"), count.share || 0)]);
  const moved = tile("moved", figure(f.moved), [note("sheltered", true), note("dispersed", true), note("ashore"), note("medical")], "good");
  moved.replaceChild(el("span", { class: "kpi-line" }, [moved.children[1].cloneNode(true), el("span", { class: "kpi-share" }, [bar, el("b", { text: percent(count.share) })])]), moved.children[1]);
  const unsafe = f.due && f.unaccounted !== null ? [[t("of_due"), percent((100 * f.unaccounted) / f.due)]] : [];
  const grave = ["missing", "deceased", "left", "unreached"].map((name) => el("span", { class: "grave-one" + (f[name] ? " some" : ""), "data-figure": name }, [el("b", { text: figure(f[name]) }), el("i", { text: t(name) })]));
  const tilesMade = [
    tile("unaccounted", figure(f.unaccounted), unsafe.concat(f.weak_unaccounted ? [[t("weak"), figure(f.weak_unaccounted)]] : []), "strong"),
    tile("due", figure(f.due), [note("waiting"), note("exempt")]),
    moved,
    tile("in_transit", figure(f.in_transit), [note("returned")]),
    tile("not_moved", figure(f.not_moved), [note("not_notified", true), note("notified", true), note("refused", true)]),
    el("div", { class: "kpi grave" }, [el("span", { class: "kpi-name" }, head("grave")), el("span", { class: "grave-row" }, grave)]),
  ];
  const l = doc.letters;
  if (!l) tilesMade.push(tile("answered", UNKNOWN, [[t("letters"), t("unread")]]));
  else {
    tilesMade.push(tile("answered", figure(l.all - l.unanswered) + " / " + figure(l.all), [[t("unanswered"), figure(l.unanswered)], [t("overdue"), figure(l.overdue)]], l.overdue ? "warn" : ""));
  }
  return tilesMade;
}

function mix(row, due) {
  const share = due ? (100 * (row.moved || 0)) / due : 0;
  return el("span", { class: "bar" + (due ? "" : " empty"), "aria-hidden": "true" }, [wide(el("span", { class: "bar-moved" }), share)]);
}

// A province's counties by city: eleven lines fit a wall, ninety do not.
function byCity(doc) {
  const cities = [];
  doc.rows.forEach((row) => {
    let city = cities.filter((one) => one.name === row.city)[0];
    if (!city) {
      city = { code: row.code.slice(0, 4), name: row.city, rows: [], open_below: true };
      cities.push(city);
    }
    city.rows.push(row);
  });
  cities.forEach((city) => {
    ["due", "moved", "unaccounted", "missing", "unreached", "unanswered", "overdue", "sheltered", "capacity"].forEach((name) => { city[name] = added(city.rows.map((row) => row[name])); });
    ["tier", "tier_worst"].forEach((name) => { city[name] = city.rows.reduce((worst, row) => Math.max(worst, row[name] === null ? -1 : row[name]), -1); });
    city.share = city.due ? (100 * city.moved) / city.due : null;
    city.index = null;
    city.reason = "";
  });
  return cities;
}

// The worst tier first, then the most people who are not yet safe: where help is wanted, not who is good.
function urgency(a, b) {
  const worst = (row) => (row.tier_worst === null ? -1 : row.tier_worst);
  return (b.unaccounted || 0) - (a.unaccounted || 0) || worst(b) - worst(a) || (a.code < b.code ? -1 : 1);
}

const table = { counties: false };
function drawRegions(doc) {
  if (!doc.rows.length) return null;
  const grouped = doc.place.level === "province" && doc.rows.some((row) => row.city);
  const rows = (grouped && !table.counties ? byCity(doc) : doc.rows.slice()).sort(urgency);
  const title = el("h2", {}, head("regions"));
  if (grouped) {
    title.append(el("span", { class: "switch" }, [[false, "by_city"], [true, "by_county"]].map((one) => el("button", {
      type: "button", "data-key": one[1], "aria-pressed": String(table.counties === one[0]), text: t(one[1]), onclick: () => { table.counties = one[0]; redraw(["regions"]); },
    }))));
  }
  const withIndex = rows.some((row) => row.index !== null);
  const heads = ["region", "progress", "", "unaccounted", "letters_short"].concat(withIndex ? ["index"] : []);
  return [title, el("div", { class: "scroll" }, [el("table", { class: "rows" }, [
    el("thead", {}, [el("tr", {}, heads.map((name, i) => el("th", { scope: "col", class: i > 1 ? "number" : "", text: name ? t(name) : "%" })))]),
    el("tbody", {}, rows.map((row) => regionRow(row, withIndex))),
  ])]), el("p", { class: "sub soft", text: t("sum_line") + (doc.head_count && doc.head_count.adds_up ? " ✓" : "") + (doc.exact ? "" : " · " + t("hidden")) })];
}

function regionRow(row, withIndex) {
  const name = row.open_below ? linked(row.code, row.name, "row " + row.code) : el("span", { text: row.name });
  const grave = (row.missing ? t("missing") + " " + figure(row.missing) : "") + (row.deceased ? " " + t("deceased") + " " + figure(row.deceased) : "");
  return el("tr", { "data-code": row.code, title: row.reason || null }, [
    el("th", { scope: "row" }, [chip(row.tier), row.tier_worst !== null && row.tier_worst > row.tier ? el("span", { class: "rise", title: t("worst") }, ["→", chip(row.tier_worst)]) : null, name, grave ? el("em", { text: grave }) : null]),
    el("td", { class: "progress" }, [mix(row, row.due), el("span", { class: "pair", text: figure(row.moved) + " / " + figure(row.due) })]),
    el("td", { class: "number", text: row.due ? percent(row.share) : row.due === 0 ? "–" : UNKNOWN }),
    el("td", { class: "number strong" + (row.unaccounted ? " some" : ""), text: figure(row.unaccounted) }),
    el("td", { class: "number" + (row.unanswered || row.overdue ? " bad" : ""), text: row.unanswered === null && row.overdue === null ? "–" : figure(row.unanswered) + " / " + figure(row.overdue) }),
    withIndex ? el("td", { class: "number", text: row.index === null ? "–" : row.index.toFixed(0) }) : null,
  ]);
}

function drawAlarms(doc) {
  const alarms = doc.alarms;
  const heldBack = Object.keys(alarms.held_back).reduce((sum, kind) => sum + alarms.held_back[kind], 0);
  return [
    el("h2", {}, head("alarms").concat([el("span", { class: "count" + (alarms.rows.length ? " some" : ""), text: String(alarms.rows.length) })])),
    alarms.rows.length ? el("ul", { class: "scroll alarms" }, alarms.rows.map((alarm) => el("li", { class: alarm.life_critical ? "life" : "", "data-kind": alarm.kind }, [
      el("span", { class: "mark", "aria-hidden": "true", text: alarm.life_critical ? "!" : "·" }),
      el("span", { class: "what" }, [alarm.code && alarm.code !== doc.place.code ? linked(alarm.code, alarmWords(alarm, doc), "alarm " + alarm.kind + alarm.code) : el("span", { text: alarmWords(alarm, doc) })]),
      el("span", { class: "when" }, [alarm.since ? clockOf(instant(alarm.since)) : "", alarm.merged > 1 ? el("small", { text: t("merged") + " " + alarm.merged }) : null]),
    ]))) : el("p", { class: "none", text: t("no_alarms") }),
    alarms.merged_away || heldBack ? el("p", { class: "sub soft", text: [alarms.merged_away ? t("merged") + " " + alarms.merged_away : "", heldBack ? t("held") + " " + heldBack + " (" + t("per_hour") + " " + alarms.per_hour + ")" : ""].filter(Boolean).join(" · ") }) : null,
  ];
}

function deadlineLine(one, now) {
  const left = (instant(one.due_at) - now) / 1000;
  return el("li", { class: one.overdue || left < 0 ? "late" : left < 1800 ? "near" : "" }, [
    el("b", { class: "when", text: clockOf(instant(one.due_at)) }),
    el("span", { class: "what" }, [el("span", { text: dueWords(one) }), el("small", { text: one.who })]),
    el("span", { class: "left", text: one.overdue || left < 0 ? t("overdue") + " " + span(left) : t("left_time") + " " + span(left) }),
  ]);
}

function drawDeadlines(doc) {
  const now = instant(doc.at);
  return [el("h2", {}, head("clocks")), doc.deadlines.length ? el("ul", { class: "scroll deadlines" }, doc.deadlines.map((one) => deadlineLine(one, now))) : nothingDue(doc)];
}

// What was not read is not known; it is never said to be nothing.
function nothingDue(doc) { return el("p", { class: doc.letters ? "none" : "none unknown-note", text: doc.letters ? t("no_deadlines") : t("letters") + ": " + t("unread") }); }

const REPORTS = ["first_report", "follow_up", "final_report"];
function drawReports(doc) {
  if (!doc.report_clocks || !doc.report_clocks.length) return null;
  return [el("h2", {}, head("reports")), el("ul", { class: "reports" }, doc.report_clocks.map((clock) => el("li", { class: clock.overdue ? "late" : "", title: clock.basis }, [
    el("p", { class: "who" }, [el("b", { text: clock.name }), el("span", { text: t("missing") + " " + figure(clock.missing) + " · " + t("deceased") + " " + figure(clock.deceased) + " · " + t("since") + " " + clockOf(instant(clock.since)) })]),
    el("ol", { class: "steps" }, REPORTS.map((kind) => {
      const made = clock.reported.filter((one) => one[0] === kind);
      const next = clock.kind === kind && clock.due_at;
      const late = next && clock.overdue;
      return el("li", { class: made.length ? "made" : next ? (late ? "late" : "next") : "" }, [
        el("b", { text: t(kind) }),
        el("span", { text: next ? (late ? t("overdue") : t("waits")) + " " + clockOf(instant(clock.due_at)) : made.length ? t("reported") + " " + clockOf(instant(made[made.length - 1][1])) : "–" }),
      ]);
    })),
  ])))];
}

function drawLetters(doc) {
  const l = doc.letters;
  if (!l) return null;
  const parts = Object.keys(l.parts).map((name) => (l.parts_words[name] || name) + " " + (l.parts[name] === null ? "–" : Math.round(l.parts[name]) + "%"));
  return [
    el("h2", {}, head("letters").concat([l.index === null ? null : el("span", { class: "count", title: parts.join(" · "), text: t("index") + " " + l.index.toFixed(1) })])),
    facts([["all", l.all], ["open", l.open], ["unanswered", l.unanswered, l.unanswered], ["overdue", l.overdue, l.overdue], ["supervised", l.supervised]].map((one) => [t(one[0]), figure(one[1]), one[2]]).concat(l.median_answer === null ? [] : [[t("median"), span(l.median_answer)]])),
    el("ul", { class: "scroll letters" }, l.rows.map((letter) => el("li", { class: letter.overdue ? "late" : letter.answered ? "" : "near" }, [
      chip(letter.tier),
      el("span", { class: "what", title: letter.title }, [el("b", { text: letter.receiver }), el("small", { text: titleOf(letter) })]),
      el("span", { class: "left" }, [said(letter.words), letter.overdue ? el("small", { class: "bad", text: t("overdue") + (letter.escalated ? " · " + said(letter.escalated) : "") }) : el("small", { text: letter.answered ? t("is_answered") : t("is_not") })]),
    ]))),
    leftOut(l.left_out),
  ];
}

function leftOut(n) { return n ? el("p", { class: "sub soft", text: t("left_out") + " " + figure(n) + " " + t("items") }) : null; }
function facts(list) { return el("p", { class: "facts" }, list.map((one) => el("span", { class: one[2] ? "bad" : "" }, [el("i", { text: one[0] }), el("b", { text: one[1] })]))); }

// Every county has its 中心小学: beside a shelter stands the region below this one in which it lies.
function whereOf(doc, shelter) {
  const around = doc.rows.filter((row) => shelter.code.indexOf(row.code) === 0 && row.code !== shelter.id)[0];
  return around ? el("small", { text: " " + around.name }) : null;
}

function drawShelters(doc) {
  const s = doc.shelters;
  if (!s) return null;
  return [
    el("h2", {}, head("shelters").concat([el("span", { class: "count", text: figure(s.present) + " / " + figure(s.capacity) })])),
    facts([[t("places"), figure(s.places)], [t("full"), figure(s.full), s.full], [t("near_full"), figure(s.near_full)], [t("empty"), figure(s.empty)]]),
    el("ul", { class: "scroll shelters" }, s.rows.map((row) => el("li", { class: row.full ? "late" : row.near_full ? "near" : "" }, [
      el("span", { class: "what" }, [row.id === doc.place.code ? el("span", { text: row.name }) : linked(row.id, row.name, "shelter " + row.id), whereOf(doc, row)]),
      el("span", { class: "meter", "aria-hidden": "true" }, [wide(el("span"), row.share || 0)]),
      el("span", { class: "left", text: figure(row.present) + " / " + figure(row.capacity) }),
      row.tier_worst !== null && row.tier_worst >= 3 ? chip(row.tier_worst) : null,
    ]))),
    leftOut(s.left_out),
  ];
}

function drawPanel(panel, name) {
  if (!panel) return null;
  return [
    el("h2", {}, head(name).concat([panel.at ? el("span", { class: "count", text: clockOf(instant(panel.at)) }) : null])),
    facts(panel.head.map((one) => [one[0], (typeof one[1] === "number" ? figure(one[1]) : one[1] === null ? UNKNOWN : one[1]) + (one[2] ? " " + one[2] : "")])),
    panel.rows.length ? el("div", { class: "scroll" }, [el("table", { class: "rows plain" }, [
      el("thead", {}, [el("tr", {}, panel.columns.map((column) => el("th", { scope: "col", text: column })))]),
      el("tbody", {}, panel.rows.map((row) => el("tr", {}, row.map((cell) => el("td", { title: typeof cell === "string" ? cell : null, class: typeof cell === "number" ? "number" : "", text: cell === null ? UNKNOWN : typeof cell === "number" ? figure(cell) : cell }))))),
    ])]) : null,
    leftOut(panel.left_out),
  ];
}

function drawReadiness(doc) {
  const r = doc.readiness;
  if (!r) return null;
  return [
    el("h2", {}, head("readiness").concat([el("span", { class: "count", text: figure(r.ready) + " / " + figure(r.villages) + " " + t("villages") })])),
    el("ul", { class: "scroll plainlist" }, r.red.map((one) => el("li", {}, [el("b", { text: one[1] || one[0] }), el("span", { text: one[2] })]))), leftOut(r.left_out),
  ];
}

// Age runs on between two answers of the server, by the page's own clock: nothing grows old in silence.
function drawSources(doc, drift) {
  const told = doc.sources.map((source) => {
    const age = source.age === null ? null : source.age + drift;
    return { source: source, age: age, stale: source.read && (source.stale || (source.stale_after !== null && age !== null && age > source.stale_after)) };
  });
  const rank = (one) => (one.stale ? 0 : one.source.read ? 2 : 1);
  return [el("h2", {}, head("sources")), el("ul", { class: "scroll sources" }, told.sort((a, b) => rank(a) - rank(b)).map((one) => {
    const source = one.source;
    const age = one.age;
    const stale = one.stale;
    return el("li", { class: !source.read ? "unread" : stale ? "late" : "", title: source.why || null, "data-source": source.id }, [
      el("span", { class: "what", text: named(source.id, source.words) }),
      el("span", { class: "left", text: !source.read ? t("unread") : age === null ? "–" : span(age) + (language ? " " : "") + t("ago") }),
      stale ? el("b", { text: t("stale") }) : null,
      source.why && source.read ? el("small", { text: source.why }) : null,
    ]);
  }))];
}
