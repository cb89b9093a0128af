// The state of the page (hour, layer, county, language) and what follows from a change of it.
function startPage(map, data) {
  const view = {
    hour: data.start, region: null, language: 0, choices: layerChoices(data), timer: null,
    tiersNow: () => view.choice.tiers.slice(view.hour * data.count, (view.hour + 1) * data.count),
    number: (n) => (view.choice.kind === "region" ? writer.mark(view.choice.tiers[view.hour * data.count + n]) : ""),
  };
  view.choice = view.choices[0];
  const writer = makeWriter(data, view);
  const byId = (id) => document.getElementById(id);
  const layers = buildMap(map, data);
  const storm = buildStorm(map, data, writer.fixText);
  const slider = byId("hour");

  function showRegions() {
    const region = view.choice.kind === "region";
    const now = view.tiersNow();
    layers.regions.forEach((layer, n) => {
      const filled = region && now[n] !== NOT_APPLICABLE;
      layer.setStyle({
        fillColor: filled ? writer.colour(now[n]) : "#fbfaf7",
        fillOpacity: view.choice.kind === "raster" ? 0 : 1,
        color: view.region === n ? "#10181f" : view.choice.kind === "raster" ? "#3c4a56" : region ? "#ffffff" : "#c4ccd3",
        weight: view.region === n ? 3 : view.choice.kind === "raster" ? 0.6 : 0.8,
      });
    });
    if (view.region !== null) layers.regions[view.region].bringToFront();
  }

  function showLayer() {
    showRaster(map, layers, view.choice.kind === "raster" ? view.choice.raster : null, view.hour);
    showRegions();
    placeLabels(map, data, layers, view);
    if (layers.surge) {
      if (view.choice.kind === "surge") {
        layers.surge.group.addTo(map);
        showSurge(map, data, layers.surge, view.hour, layers.cities);
      } else layers.surge.group.remove();
    }
    writeLegend(data, view, writer);
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
    Array.from(byId("strip").children).forEach((bar, n) => bar.classList.toggle("at", n === view.hour));
  }

  function goTo(hour) {
    view.hour = Math.max(0, Math.min(data.times.length - 1, hour));
    showClock();
    showLayer();
    showStorm(map, data, storm, view.hour, writer.words(), writer.fixText);
    showDetails();
  }

  function choose(choice) {
    view.choice = choice;
    writeStrip();
    showLayer();
    showClock();
    showDetails();
  }

  function select(n) {
    view.region = n;
    showRegions();
    showDetails();
    if (n !== null) openPanel(true);
    byId("panel-body").scrollTop = n === null ? 0 : byId("details").offsetTop - byId("panel-body").offsetTop - 8;
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
      const counts = {};
      view.choice.tiers.slice(hour * data.count, (hour + 1) * data.count).forEach((code) => { counts[code] = (counts[code] || 0) + 1; });
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
    writeLayers(data, view, writer, choose);
    writeStrip();
    writeTicks();
    play(view.timer !== null);
    openPanel(byId("panel").classList.contains("open"));
    goTo(view.hour);
  }

  layers.regions.forEach((layer, n) => {
    layer.on("click", () => select(n));
    layer.bindTooltip(() => {
      const code = view.choice.tiers[view.hour * data.count + n];
      return element("span", data.regions.name[n] + (view.choice.kind === "surge" ? "" : " · " + writer.mark(code) + " " + writer.tierText(code)));
    }, { sticky: true });
  });
  slider.addEventListener("input", () => { play(false); goTo(+slider.value); });
  byId("back").addEventListener("click", () => { play(false); goTo(view.hour - 1); });
  byId("forth").addEventListener("click", () => { play(false); goTo(view.hour + 1); });
  byId("play").addEventListener("click", () => play(view.timer === null));
  byId("peak").addEventListener("click", () => { play(false); goTo(data.start); });
  byId("language").addEventListener("click", () => { view.language = 1 - view.language; translate(); });
  byId("panel-toggle").addEventListener("click", () => openPanel(!byId("panel").classList.contains("open")));
  document.addEventListener("keydown", (event) => {
    if (event.target !== document.body && !map.getContainer().contains(event.target)) return;
    if (event.key === " ") { event.preventDefault(); play(view.timer === null); }
    if (event.key === "," || event.key === "[") goTo(view.hour - 1);
    if (event.key === "." || event.key === "]") goTo(view.hour + 1);
    if (event.key === "Escape") select(null);
  });
  map.on("zoomend", () => {
    placeLabels(map, data, layers, view);
    if (view.choice.kind === "surge") showSurge(map, data, layers.surge, view.hour, layers.cities);
  });
  map.on("moveend", () => showStorm(map, data, storm, view.hour, writer.words(), writer.fixText));

  const all = L.featureGroup(layers.regions).getBounds();
  const phone = window.innerWidth <= 760;
  map.fitBounds(all, { paddingTopLeft: phone ? [4, 4] : [16, 16], paddingBottomRight: phone ? [4, 84] : [16, 30], animate: false });
  translate();
  const asked = /(?:^#|&)region=(\w+)/.exec(window.location.hash);
  if (asked && data.regions.code.includes(asked[1])) select(data.regions.code.indexOf(asked[1]));
}
