// The state of the page (level, layer, hour, region, filter, language) and what follows from a change of it.
function startPage(map, data, extras) {
  const byId = (id) => document.getElementById(id);
  const view = {
    hour: data.start, region: null, language: 0, timer: null, level: data.levels[data.opens], filter: "", hatched: false,
    printing: false, labels: [], taken: [], bar: 0, choices: [], choice: null,
    inside: (n) => !view.filter || view.level.regions.cityCode[n] === view.filter || view.level.regions.code[n].startsWith(view.filter),
    number: (n) => {
      if (view.choice.kind === "risk") {
        const index = view.choice.risk.index(n);
        return index === null ? "–" : String(Math.round(index));
      }
      if (view.choice.kind !== "region" && view.choice.kind !== "ensemble") return "";
      const at = view.hour * view.level.count + n;
      const trend = view.choice.ensemble ? view.choice.ensemble.trend(at) : null;
      return writer.mark(view.choice.tiers[at]) + (trend === null ? "" : writer.words().trends[trend + 1]);
    },
  };
  data.levels.forEach((level, n) => { level.number = n; });
  const writer = makeWriter(data, view);
  drawPatterns(writer.colour);
  const layers = buildMap(map, data);
  const marked = assetExtra(data);
  if (marked.assets.length) extras.unshift(marked);
  const storm = buildStorm(map, data, writer.fixText);
  const slider = byId("hour");
  const bounds = () => {
    const shown = layers.levels[view.level.number].regions.filter((_, n) => view.inside(n));
    return L.featureGroup(shown.length ? shown : layers.levels[view.level.number].regions).getBounds();
  };

  function fit() {
    const phone = window.innerWidth <= 760 && !view.printing;
    const legend = phone ? 4 : Math.min(240, map.getSize().x * 0.26); // it lies over the map's lower left
    map.fitBounds(bounds(), { paddingTopLeft: [legend, phone ? 4 : 16], paddingBottomRight: phone ? [4, 84] : [16, 30], animate: false });
  }

  function showLayer() {
    showRaster(map, layers, view.choice.kind === "raster" ? view.choice.raster : null, view.hour);
    showFills(view, writer, layers.levels[view.level.number]);
    showNumbers(view);
    if (layers.surge) {
      if (view.choice.kind === "surge") {
        layers.surge.group.addTo(map);
        showSurge(map, data, layers.surge, view.hour, layers.cities);
      } else layers.surge.group.remove();
    }
    writeLegend(data, view, writer);
  }

  function redraw() {
    showOutlines(view, layers.levels[view.level.number]);
    placeLabels(map, layers, view);
    showLayer();
  }

  function showDetails() {
    if (view.region === null) writeList(data, view, writer, select);
    else writeDetails(data, view, writer, select, goTo);
  }

  function showClock() {
    const words = writer.words();
    const time = data.times[view.hour];
    const at = writer.clock(time);
    const now = byId("now");
    now.textContent = "";
    now.appendChild(element("b", at.date + " " + at.day + " " + at.hm));
    let text = words.beijing + " · " + writer.lead(time);
    if (data.landfall !== null) {
      const hours = (time - data.landfall) / 3600;
      const event = data.kind === "forecast" ? words.landfallForecast : words.landfall;
      const side = hours < 0 ? words.before : words.after;
      const length = Math.abs(hours).toFixed(0) + " " + words.hours;
      text += " · " + (view.language ? length + " " + side + " " + event : event + side + " " + length);
    }
    now.appendChild(element("small", text));
    slider.value = view.hour;
    slider.setAttribute("aria-valuetext", at.text + " " + writer.lead(time));
    byId("peak").setAttribute("aria-pressed", String(view.hour === data.start));
    if (view.timer === null) byId("live").textContent = at.date + " " + at.hm + ", " + spoken();
    const bars = byId("strip").children;
    if (bars[view.bar]) bars[view.bar].classList.remove("at");
    bars[view.hour].classList.add("at");
    view.bar = view.hour;
  }

  // The hour in one sentence for a screen reader; silent while the clock runs by itself.
  function spoken() {
    const counts = countTiers(view, view.choice.tiers, view.hour);
    return layerName(view.choice, writer, view.level) + ": " + [4, 3, 2, 1, 0, NO_DATA].filter((code) => counts[code])
      .map((code) => writer.tierText(code) + " " + counts[code]).join(", ");
  }

  function goTo(hour) {
    view.hour = Math.max(0, Math.min(data.times.length - 1, hour));
    showClock();
    showLayer();
    showStorm(map, data, storm, view.hour, writer.words(), writer.fixText, view.taken);
    showDetails();
    if (!byId("table").hidden) writeTable(data, view, writer);
  }

  function choose(choice) {
    view.choice = choice;
    writeStrip();
    redraw();
    goTo(view.hour);
  }

  function chooseLevel(level) {
    const wanted = view.choice ? view.choice.id : "combined";
    if (layers.levels[view.level.number]) layers.levels[view.level.number].group.remove();
    view.level = level;
    view.region = null;
    if (!layers.levels[level.number]) {
      layers.levels[level.number] = drawLevel(level);
      listen(layers.levels[level.number], level);
    }
    layers.levels[level.number].group.addTo(map);
    layers.levels[level.number].regions.forEach((layer, n) => { layer.getElement().dataset.code = level.regions.code[n]; });
    view.choices = layerChoices(data, level);
    filterChoices(data, view, writer);
    view.choice = view.choices.find((choice) => choice.id === wanted) || view.choices[0];
  }

  function showLevel(level) {
    chooseLevel(level);
    writeLevels(data, view, writer, showLevel);
    writeLayers(data, view, writer, choose);
    choose(view.choice);
  }

  function setFilter(code) {
    view.filter = code;
    byId("filter").value = code;
    view.region = null;
    writeStrip();
    fit();
    redraw();
    goTo(view.hour);
  }

  function select(n) {
    const before = view.region;
    view.region = n;
    showOutlines(view, layers.levels[view.level.number]);
    showDetails();
    if (n !== null) openPanel(true);
    byId("panel-body").scrollTop = n === null ? 0 : byId("details").offsetTop - byId("panel-body").offsetTop - 8;
    if (n !== before) byId("details").focus({ preventScroll: true });
  }

  function find(level, n) {
    if (level !== view.level) showLevel(level);
    if (!view.inside(n)) setFilter("");
    map.fitBounds(layers.levels[level.number].regions[n].getBounds(), { maxZoom: 10, padding: [40, 40], animate: false });
    select(n);
  }

  function showTable(open) {
    byId("table").hidden = !open;
    byId("table-open").setAttribute("aria-expanded", String(open));
    if (open) {
      writeTable(data, view, writer);
      byId("table-close").focus();
    } else byId("table-open").focus();
  }

  function openPanel(open) {
    byId("panel").classList.toggle("open", open);
    byId("panel-toggle").setAttribute("aria-expanded", String(open));
    byId("panel-toggle").textContent = open ? writer.words().panelClose : writer.words().panel;
  }

  // One column an hour: how the counties share among the tiers. Clicking it goes there.
  function writeStrip() {
    const strip = byId("strip");
    strip.textContent = "";
    data.times.forEach((_, hour) => {
      const column = element("div", null, hour === 0 || hour === data.times.length - 1 ? "edge" : "");
      const counts = countTiers(view, view.choice.tiers, hour);
      [4, 3, 2, 1, 0, NO_DATA].forEach((code) => {
        if (!counts[code]) return;
        const part = document.createElement("i");
        part.style.background = view.choice.kind === "surge" ? "#e3e8ec" : writer.colour(code);
        part.style.flex = String(counts[code]);
        column.appendChild(part);
      });
      column.addEventListener("click", () => goTo(hour));
      strip.appendChild(column);
    });
  }

  function writeTicks() {
    const ticks = byId("ticks");
    ticks.textContent = "";
    const first = data.times[0];
    const length = data.times[data.times.length - 1] - first || 1;
    const add = (seconds, text, className) => {
      const tick = element("span", text, className);
      tick.style.left = (100 * (seconds - first)) / length + "%";
      ticks.appendChild(tick);
    };
    const taken = [];
    if (data.landfall !== null && data.landfall >= first && data.landfall <= first + length) {
      taken.push(data.landfall);
      add(data.landfall, "▲" + (data.kind === "forecast" ? writer.words().landfallForecast : writer.words().landfall), "landfall");
    }
    const step = 12 * 3600;
    for (let t = Math.ceil((first + 8 * 3600) / step) * step - 8 * 3600; t <= first + length; t += step) {
      if (taken.some((other) => Math.abs(other - t) < length / 9)) continue;
      const at = writer.clock(t);
      add(t, at.hour === 0 ? at.date : at.hm, "");
    }
  }

  function play(on) {
    clearInterval(view.timer);
    view.timer = on ? setInterval(() => goTo(view.hour + 1 < data.times.length ? view.hour + 1 : 0), 700) : null;
    byId("play").setAttribute("aria-pressed", String(on));
    byId("play").querySelector("path").setAttribute("d", on ? "M3 2h4v12H3zM9 2h4v12H9z" : "M3 1.5v13L14 8z");
    byId("play").title = on ? writer.words().pause : writer.words().play;
  }

  function translate() {
    const words = writer.words();
    document.documentElement.lang = view.language ? "en" : "zh-CN";
    document.querySelectorAll("[data-zh]").forEach((node) => { node.textContent = view.language ? node.dataset.en : node.dataset.zh; });
    document.title = writer.pick(data.title);
    byId("language").textContent = view.language ? "中文" : "EN";
    byId("peak").textContent = words.peak;
    byId("back").title = words.back;
    byId("forth").title = words.forth;
    ["back", "forth", "play"].forEach((id) => byId(id).setAttribute("aria-label", byId(id).title || words.play));
    slider.setAttribute("aria-label", words.hourLabel);
    document.querySelectorAll("[data-word]").forEach((node) => { node.textContent = words[node.dataset.word]; });
    byId("search").placeholder = words.search;
    byId("search").setAttribute("aria-label", words.search);
    map.getContainer().setAttribute("aria-label", words.mapLabel);
    writeAge(data, view, writer);
    writeLevels(data, view, writer, showLevel);
    writeLayers(data, view, writer, choose);
    writeExtras(map, extras, view, writer);
    filterChoices(data, view, writer);
    writeStrip();
    writeTicks();
    play(view.timer !== null);
    openPanel(byId("panel").classList.contains("open"));
    placeLabels(map, layers, view);
    goTo(view.hour);
  }

  function listen(drawn, level) {
    drawn.regions.forEach((layer, n) => {
      layer.on("click", () => select(n));
      layer.bindTooltip(() => {
        const code = view.choice.tiers[view.hour * level.count + n];
        return element("span", level.regions.name[n] + (view.choice.kind === "surge" ? "" : " · " + writer.mark(code) + " " + writer.tierText(code)));
      }, { sticky: true });
    });
  }

  slider.addEventListener("input", () => { play(false); goTo(+slider.value); });
  byId("back").addEventListener("click", () => { play(false); goTo(view.hour - 1); });
  byId("forth").addEventListener("click", () => { play(false); goTo(view.hour + 1); });
  byId("play").addEventListener("click", () => play(view.timer === null));
  byId("peak").addEventListener("click", () => { play(false); goTo(data.start); });
  byId("language").addEventListener("click", () => { view.language = 1 - view.language; translate(); });
  byId("panel-toggle").addEventListener("click", () => openPanel(!byId("panel").classList.contains("open")));
  byId("filter").addEventListener("change", () => setFilter(byId("filter").value));
  byId("hatched").addEventListener("change", () => { view.hatched = byId("hatched").checked; redraw(); showDetails(); });
  byId("table-open").addEventListener("click", () => showTable(byId("table").hidden));
  byId("table-close").addEventListener("click", () => showTable(false));
  byId("table").addEventListener("keydown", (event) => { if (event.key === "Escape") showTable(false); });
  byId("print").addEventListener("click", () => window.print());
  preparePrint(map, view, redraw, fit);
  startSearch(data, writer, find);
  startTianditu(map, data);
  document.addEventListener("keydown", (event) => {
    if (event.target !== document.body && !map.getContainer().contains(event.target)) return;
    if (event.key === " ") { event.preventDefault(); play(view.timer === null); }
    if (event.key === "," || event.key === "[") goTo(view.hour - 1);
    if (event.key === "." || event.key === "]") goTo(view.hour + 1);
    if (event.key === "Escape" && view.region !== null) select(null);
    if (event.key === "/") { event.preventDefault(); openPanel(true); byId("search").focus(); }
  });
  setInterval(() => writeAge(data, view, writer), 60000);

  map.getContainer().setAttribute("role", "application");
  map.setView([30, 120], 7, { animate: false });
  chooseLevel(view.level);
  fit();
  showOutlines(view, layers.levels[view.level.number]);
  translate();
  map.on("moveend", () => {
    placeLabels(map, layers, view);
    if (view.choice.kind === "surge") showSurge(map, data, layers.surge, view.hour, layers.cities);
    showStorm(map, data, storm, view.hour, writer.words(), writer.fixText, view.taken);
  });
  const asked = /(?:^#|&)region=(\w+)/.exec(window.location.hash);
  const code = asked ? asked[1] : data.focus;
  data.levels.some((level) => {
    const n = level.regions.code.indexOf(code);
    if (n < 0) return false;
    if (asked && level !== view.level) showLevel(level);
    if (data.focus) {
      const corners = level.shapes().shapes[n].reduce((all, ring) => all.concat(ring), []);
      map.fitBounds(corners, { maxZoom: 10.5, padding: [30, 30], animate: false });
    }
    // on a phone the sheet would hide the map: whoever followed a link to a county wants it, whoever opened its page sees the map
    if (level === view.level) select(n);
    if (!asked && window.innerWidth <= 760) openPanel(false);
    return true;
  });
}
