// Which screen is on, what it was last told, and how old that is.
const frozen = byId("frozen");
const source = frozen ? frozenSource(JSON.parse(frozen.textContent)) : liveSource();
const VIEWS = ["overview", "handover", "lists"];
const screen = { code: null, view: "overview", doc: null, shapes: null, heard: null, fault: "", turn: 0 };
const shapesKept = {};

function hashOf(code, view) { return "#/" + encodeURIComponent(code) + (view && view !== "overview" ? "/" + view : ""); }
function go(code) { location.hash = hashOf(code, screen.view); }
function chooseHour(hour) {
  map.hour = hour;
  redraw(["map", "ahead"]);
}

// Both clocks, the larger: one stops while a laptop sleeps, the other may be set back.
function mark() { return { wall: Date.now(), run: performance.now() }; }
function sinceMark(then) { return Math.max(0, Date.now() - then.wall, performance.now() - then.run) / 1000; }
function serverNow() { return screen.doc ? instant(screen.doc.at) + sinceMark(screen.got) * 1000 : Date.now(); }

function route() {
  const text = location.hash;
  if (text.indexOf("#login=") === 0) {
    const told = readLogin(text);
    history.replaceState(null, "", location.pathname + location.search);
    if (told) source.logIn(told);
    else return showLogin(t("no_token_found"));
  }
  const parts = location.hash.replace(/^#\/?/, "").split("/");
  let code = "";
  try { code = decodeURIComponent(parts[0] || ""); } catch (error) { code = ""; }
  if (!source.ready()) return showLogin("");
  const view = VIEWS.indexOf(parts[1]) >= 0 ? parts[1] : "overview";
  if (code || source.home()) return open(code || source.home(), view);
  return source.find().then((found) => (found ? open(found, view) : showLogin(t("which_region"))), (error) => (error instanceof Refused ? refuse(error.status) : fail(t("silence"))));
}

// Whether a click may lead there: who only looks has one screen, and nobody goes above the own region.
function reaches(code) {
  const home = source.home();
  const doc = screen.doc;
  if (!source.live) return byId("screen-" + code) !== null;
  if (doc && !doc.exact) return false;
  return !home || !/^\d+$/.test(code) || code.indexOf(home) === 0;
}
function linked(code, words, key) {
  return reaches(code) ? el("a", { href: hashOf(code), text: words, "data-key": key }) : el("span", { text: words });
}

function open(code, view) {
  screen.view = view;
  if (code === screen.code && screen.doc) return draw();
  if (code !== screen.code) map.hour = null;
  screen.code = code;
  screen.doc = null;
  screen.shapes = null;
  screen.fault = "";
  screen.heard = null;
  screen.turn += 1;
  Object.keys(drawn).forEach(forget); // another screen is no change of this one
  document.body.className = "loading";
  byId("login").hidden = true;
  byId("fault").hidden = true;
  follow(screen.turn);
}

async function follow(turn) {
  let wait = SOON;
  while (turn === screen.turn) {
    let told = null;
    try {
      told = screen.doc ? await source.news(screen.code, screen.doc.revision) : await source.whole(screen.code);
      if (turn !== screen.turn) return;
      screen.heard = mark();
      screen.fault = "";
      wait = SOON;
    } catch (error) {
      if (turn !== screen.turn) return;
      if (error instanceof Refused) return refuse(error.status);
      screen.fault = "silence";
      if (!screen.doc) fail(t("silence") + " · " + t("retry"));
      tick();
      await new Promise((done) => { screen.wake = done; setTimeout(done, wait * (0.8 + 0.4 * Math.random()) * 1000); });
      wait = Math.min(LATE, wait * 2);
      continue;
    }
    // a fault of the page itself is an error, and never told as the server's silence
    if (told) await show(told, turn);
    else tick();
  }
}

async function show(told, turn) {
  const first = !screen.doc;
  screen.doc = told;
  screen.got = mark();
  const run = told.tiers ? told.tiers.issued_at : "";
  const key = told.place.code + " " + run;
  if (!(key in shapesKept)) {
    try { shapesKept[key] = await source.outlines(screen.code); }
    catch (error) { if (error instanceof Refused || !source.live) shapesKept[key] = null; }
  }
  if (turn !== screen.turn) return;
  screen.shapes = shapesKept[key] || null;
  draw();
  if (first) performance.mark("drawn");
  if (first && document.activeElement === document.body) byId("place").focus({ preventScroll: true });
}

function refuse(status) {
  if (status === 401) {
    source.logOut();
    return showLogin(t("wrong_token"));
  }
  fail(status === 403 ? t("not_allowed") : status === 404 ? (source.live ? t("nothing_here") : t("copy_lacks")) : t("broken") + " (" + status + ")");
  return undefined;
}

function fail(words) {
  const node = emptied(byId("fault"));
  node.hidden = false;
  node.append(el("p", { text: words }), el("a", { href: hashOf(source.home()), text: t("go_up") }));
  document.body.className = "failed";
}

function showLogin(words) {
  screen.turn += 1;
  screen.code = null;
  screen.doc = null;
  document.body.className = "at-login";
  byId("login").hidden = false;
  byId("fault").hidden = true;
  byId("login-error").textContent = words;
  byId("token").focus();
}

function redraw(ids) {
  ids.forEach(forget);
  draw();
}

function draw() {
  const doc = screen.doc;
  if (!doc) return;
  document.body.className = "on view-" + screen.view + " level-" + doc.place.level + (doc.exercise ? " exercise" : "");
  byId("fault").hidden = true;
  byId("login").hidden = true;
  document.title = doc.place.name + " · " + t("title") + (doc.exercise ? " · " + t("drill") : "");
  document.documentElement.lang = language ? "en" : "zh-CN";
  section("crumbs", [doc.path, doc.place], drawCrumbs);
  section("event", [doc.event, doc.mark, doc.exercise], drawEvent);
  section("state", [doc.responses, doc.tiers && [doc.tiers.combined, doc.tiers.now, doc.tiers.of], doc.place], () => drawState(doc));
  section("tabs", [screen.view, screen.code], drawTabs);
  byId("disclaimer").textContent = (doc.tiers && doc.tiers.disclaimer) || t("disclaimer");
  VIEWS.forEach((view) => { byId("view-" + view).hidden = view !== screen.view; });
  if (screen.view === "overview") drawOverview(doc);
  else if (screen.view === "handover") section("view-handover", [doc.handover, doc.letters === null, doc.at], () => drawHandover(doc));
  else section("view-lists", doc.lists, () => drawLists(doc));
  byId("view-" + screen.view).hidden = false;
  tick();
  fit();
}

function drawOverview(doc) {
  section("figures", [doc.head_count, doc.letters && [doc.letters.all, doc.letters.unanswered, doc.letters.overdue]], () => drawFigures(doc));
  section("map", [doc.tiers && [doc.tiers.issued_at, doc.tiers.now], doc.rows, doc.place, doc.shelters, map.hour, screen.shapes === null], () => drawMap(doc, screen.shapes));
  section("ahead", [doc.tiers, map.hour], () => drawStrip(doc));
  section("regions", [doc.rows, doc.place, doc.head_count && doc.head_count.adds_up, table.counties], () => drawRegions(doc));
  section("alarms", doc.alarms, () => drawAlarms(doc));
  section("deadlines", [doc.deadlines, doc.letters === null, Math.floor(instant(doc.at) / 60000)], () => drawDeadlines(doc));
  section("reports", doc.report_clocks, () => drawReports(doc));
  section("letters", doc.letters, () => drawLetters(doc));
  section("shelters", doc.shelters, () => drawShelters(doc));
  section("tasks", doc.field_tasks, (panel) => drawPanel(panel, "tasks"));
  section("dangers", doc.dangers, (panel) => drawPanel(panel, "dangers"));
  section("supplies", doc.supplies, (panel) => drawPanel(panel, "supplies"));
  section("readiness", doc.readiness, () => drawReadiness(doc));
}

function drawCrumbs(told) {
  return told[0].map((place) => linked(place.code, place.name, "up " + place.code)).concat([el("h1", { id: "place", tabindex: "-1", text: told[1].name || t("title") })]);
}

function drawEvent(told) {
  const event = told[0];
  return [event.number || event.name ? el("span", { class: "event", text: [event.number, event.name].filter(Boolean).join(" ") }) : null, told[2] ? el("span", { class: "mark", text: t("drill"), title: told[1] }) : null];
}

function drawState(doc) {
  const made = [];
  const tiers = doc.tiers;
  if (tiers) {
    const now = tiers.now === null ? -1 : tiers.combined[tiers.now];
    let worst = now;
    let at = null;
    if (tiers.now !== null) for (let i = tiers.now; i < tiers.hours.length; i++) if (tiers.combined[i] > worst) { worst = tiers.combined[i]; at = instant(tiers.hours[i]); }
    made.push(el("span", { class: "pill", id: "tier" }, [el("i", { text: t("tier_here") }), chip(now, true), at === null ? null : el("span", { class: "rise" }, [t("worst") + " ", chip(worst), " " + shortAt(at)])]));
  }
  if (doc.responses) {
    const own = (one) => (one.place.code === doc.place.code ? 0 : 1);
    const running = doc.responses.filter((one) => one.level !== null).sort((a, b) => own(a) - own(b) || b.place.code.length - a.place.code.length);
    made.push(el("span", { class: "pill", id: "response" }, [el("i", { text: t("response") })].concat(running.length ? running.slice(0, 2).map((one) => el("b", { title: one.words + " " + one.place.name, text: ROMAN[one.level] + (language ? "" : "级") + " · " + one.place.name + (one.since ? " " + shortAt(instant(one.since)) + (language ? "" : " 起") : "") })) : [el("b", { text: t("no_response") })])));
  }
  return made;
}

function drawTabs() {
  return VIEWS.map((view) => el("a", { href: hashOf(screen.code, view), "aria-current": view === screen.view ? "page" : null, text: t(view), "data-key": view }));
}

// A wall shows whole lines: a list ends before the line that would be cut, and still scrolls.
function fit() {
  const lists = [].slice.call(document.querySelectorAll(".overview .scroll"));
  lists.forEach((list) => { list.style.maxHeight = ""; });
  if (!window.matchMedia("(min-width: 1200px) and (min-height: 640px)").matches) return;
  lists.forEach((list) => {
    if (list.scrollHeight <= list.clientHeight + 1) return;
    const lines = list.querySelectorAll("li, tbody tr");
    const top = list.getBoundingClientRect().top - list.scrollTop;
    let whole = 0;
    for (let i = 0; i < lines.length; i++) {
      const bottom = lines[i].getBoundingClientRect().bottom - top;
      if (bottom > list.clientHeight + 1) break;
      whole = bottom;
    }
    list.style.maxHeight = Math.ceil(whole) + "px";
  });
}

// Every second: the clock, the age of every source, and whether the server still answers.
function tick() {
  byId("clock").textContent = source.live || !screen.doc ? secondsOf(serverNow()) : shortAt(instant(screen.doc.at));
  const doc = screen.doc;
  if (!doc) return;
  const drift = source.live ? sinceMark(screen.got) : 0;
  if (screen.view === "overview") section("sources", [Math.floor(drift / 10), doc.sources], () => drawSources(doc, drift));
  const said = warnings(doc, drift);
  const node = byId("warning");
  const text = said.join(" ");
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
  document.body.classList.toggle("silent", screen.fault !== "");
}

function stop() { return language ? "." : "。"; }
function warnings(doc, drift) {
  const said = [];
  if (!source.live) said.push(t("frozen") + " · " + t("data_at") + " " + longAt(instant(doc.at)) + " (" + t("beijing") + ")" + stop());
  // a line that neither answers nor breaks is dead too
  const quiet = source.live && sinceMark(screen.heard) > WAIT + PATIENCE;
  if (screen.fault || quiet) said.push(t("silence") + " " + span(sinceMark(screen.heard)) + " · " + t("last") + " " + secondsOf(instant(doc.at)) + " " + t("data_of") + " · " + t("retry") + stop());
  const old = doc.sources.filter((one) => one.read && (one.stale || (one.stale_after !== null && one.age !== null && one.age + drift > one.stale_after)));
  if (old.length) said.push(t("old") + ": " + old.map((one) => named(one.id, one.words) + " " + (one.age === null ? "" : span(one.age + drift))).join(language ? ", " : "、") + stop());
  return said;
}

function words() {
  [].slice.call(document.querySelectorAll("[data-t]")).forEach((node) => { node.textContent = t(node.getAttribute("data-t")); });
  [].slice.call(document.querySelectorAll(".tools a")).forEach((link) => {
    if (!link.title) link.title = link.textContent;
    link.textContent = named(link.title, link.title);
  });
}

byId("language").addEventListener("click", () => {
  language = 1 - language;
  words();
  draw();
});
byId("print").addEventListener("click", () => window.print());
byId("leave").hidden = !source.live;
byId("leave").addEventListener("click", () => { source.logOut(); showLogin(""); });
byId("login").addEventListener("submit", (event) => {
  event.preventDefault();
  const told = readLogin(byId("token").value);
  byId("token").value = "";
  if (!told) return showLogin(t("no_token_found"));
  if (byId("region-code").value.trim()) told.prefix = byId("region-code").value.trim();
  source.logIn(told);
  return route();
});
window.addEventListener("hashchange", route);
window.addEventListener("online", () => { if (screen.wake) screen.wake(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && screen.wake) screen.wake(); });
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || /INPUT|TEXTAREA/.test(event.target.tagName)) return;
  const above = screen.doc && screen.doc.path[screen.doc.path.length - 1];
  if (event.key === "Backspace" && above && reaches(above.code)) {
    event.preventDefault();
    go(above.code);
  } else if (screen.doc && VIEWS[+event.key - 1]) location.hash = hashOf(screen.code, VIEWS[+event.key - 1]);
});
window.addEventListener("resize", () => { if (screen.doc) fit(); });
window.addEventListener("load", () => { if (screen.doc) fit(); });
setInterval(tick, 1000);
words();
route();
