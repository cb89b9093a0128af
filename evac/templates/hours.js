"use strict";
(function () {
  var data = JSON.parse(document.getElementById("data").textContent);
  if (!data.counties.length) { return; }
  var NS = "http://www.w3.org/2000/svg";
  var byId = function (id) { return document.getElementById(id); };
  var SHADES = [[0, "#f7f4fb", "已全部安全"], [0.000001, "#d9cdec", "<2%"], [0.02, "#b49bd8", "2–10%"],
    [0.1, "#8d68bf", "10–50%"], [0.5, "#5b2f93", "≥50%"]];
  var order = ["sheltered", "dispersed", "ashore", "medical", "returned", "in_transit", "not_notified", "notified",
    "refused", "left", "missing", "deceased"].map(function (name) { return data.columns.indexOf(name); });
  var alarm = ["left", "missing", "deceased", "refused"].map(function (name) { return data.columns.indexOf(name); });
  var moved = ["sheltered", "dispersed", "ashore", "medical"].map(function (name) { return data.columns.indexOf(name); });
  var format = function (n) { return n.toLocaleString("en-US"); };
  var total = function (list) { return list.reduce(function (a, b) { return a + b; }, 0); };
  var hour = 0, chosen = -1, timer = null;
  var slider = byId("hour");
  slider.max = String(data.hours.length - 1);
  var paths = document.querySelectorAll("#map path[data-n]");
  var texts = document.querySelectorAll("#map text[data-l]");

  function shade(share) {
    var colour = SHADES[0][1];
    SHADES.forEach(function (step) { if (share >= step[0]) { colour = step[1]; } });
    return colour;
  }
  function cell(row, text, name) {
    var td = document.createElement("td");
    td.textContent = text;
    if (name) { td.className = name; }
    row.appendChild(td);
    return td;
  }
  function numbers(row, due, counts, open) {
    cell(row, format(due));
    order.forEach(function (k) {
      var n = counts[k];
      cell(row, format(n), n === 0 ? "zero" : alarm.indexOf(k) >= 0 ? "bad" : "");
    });
    cell(row, format(open), open === 0 ? "zero" : "");
    var holds = total(counts) === due;
    cell(row, holds ? "✓" : "≠ " + format(total(counts)), holds ? "ok" : "bad");
  }
  function drawTable() {
    var rows = byId("rows"), foot = byId("sum");
    rows.textContent = ""; foot.textContent = "";
    var sum = data.columns.map(function () { return 0; });
    data.counties.forEach(function (county, n) {
      var tr = document.createElement("tr");
      if (n === chosen) { tr.className = "chosen"; }
      var name = cell(tr, "", "name"), chip = document.createElement("i"), city = document.createElement("small");
      var tier = data.tiers[hour][n];
      if (data.tierColours[tier]) { chip.style.background = data.tierColours[tier]; }
      chip.title = tier >= 0 ? data.tierWords[tier] + "色" : "无数据";
      city.textContent = " " + county[2];
      name.appendChild(chip); name.appendChild(document.createTextNode(county[1])); name.appendChild(city);
      numbers(tr, data.due[hour][n], data.counts[hour][n], data.notSafe[hour][n]);
      data.counts[hour][n].forEach(function (v, k) { sum[k] += v; });
      tr.addEventListener("click", function () { choose(n); });
      rows.appendChild(tr);
    });
    var last = document.createElement("tr");
    cell(last, "合计", "name");
    numbers(last, total(data.due[hour]), sum, total(data.notSafe[hour]));
    foot.appendChild(last);
  }
  function drawMap() {
    paths.forEach(function (path) {
      var n = Number(path.getAttribute("data-n"));
      var listed = data.due[hour][n] + data.waiting[hour][n];
      var share = listed ? data.notSafe[hour][n] / listed : 0;
      var colour = data.tierColours[data.tiers[hour][n]];
      path.style.fill = shade(share);
      path.style.stroke = colour || "";
      path.style.strokeWidth = colour ? "1.8" : "";
      path.classList.toggle("chosen", n === chosen);
      path.querySelector("title").textContent = data.counties[n][1] + ":尚未安全 " + data.labels[hour][n];
    });
    texts.forEach(function (text) {
      var label = data.labels[hour][Number(text.getAttribute("data-l"))];
      text.textContent = label === "0" ? "" : label;
    });
  }
  function node(name, attributes, text) {
    var made = document.createElementNS(NS, name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (text) { made.textContent = text; }
    byId("curve").appendChild(made);
    return made;
  }
  var LEFT = 52, RIGHT = 710, TOP = 14, BASE = 160, marker, dot;
  var peak = Math.max(1, Math.max.apply(null, data.headline));
  var x = function (h) { return LEFT + (RIGHT - LEFT) * h / Math.max(1, data.hours.length - 1); };
  var y = function (n) { return BASE - (BASE - TOP) * n / top; };
  var unit = Math.pow(10, Math.floor(Math.log10(peak)));
  var step = peak / unit > 5 ? 2 * unit : peak / unit > 2 ? unit : unit / 2;
  var top = Math.ceil(peak / step) * step;
  function drawCurve() {
    for (var tick = 0; tick <= top + 1e-9; tick += step) {
      node("line", { x1: LEFT, x2: RIGHT, y1: y(tick), y2: y(tick), stroke: "#dde3ea" });
      node("text", { x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end", "font-size": 11, fill: "#5b6877" }, format(tick));
    }
    var line = data.headline.map(function (n, h) { return x(h).toFixed(1) + " " + y(n).toFixed(1); }).join("L");
    node("path", { d: "M" + x(0) + " " + BASE + "L" + line + "L" + RIGHT + " " + BASE + "Z", fill: "#a3122a", opacity: ".12" });
    node("path", { d: "M" + line, fill: "none", stroke: "#a3122a", "stroke-width": 2.2 });
    data.hours.forEach(function (text, h) {
      if (Number(text.slice(11, 13)) % 6 === 0) {
        node("text", { x: x(h), y: BASE + 16, "text-anchor": "middle", "font-size": 11, fill: "#5b6877" }, text.slice(11, 16));
        if (text.slice(11, 13) === "00" || h < 6) {
          node("text", { x: x(h), y: BASE + 29, "text-anchor": "middle", "font-size": 10, fill: "#8c97a4" }, text.slice(5, 10));
        }
      }
    });
    marker = node("line", { y1: TOP - 6, y2: BASE, stroke: "#5b3fa0", "stroke-width": 1.5 });
    dot = node("circle", { r: 4.5, fill: "#a3122a", stroke: "#fff", "stroke-width": 1.5 });
  }
  function show(h) {
    hour = h;
    slider.value = String(h);
    byId("time").textContent = data.hours[h] + " 北京时间";
    byId("headline").textContent = format(data.headline[h]);
    var due = total(data.due[h]), safe = 0;
    data.counts[h].forEach(function (counts) { moved.forEach(function (k) { safe += counts[k]; }); });
    byId("due").textContent = format(due);
    byId("moved").textContent = format(safe);
    byId("rate").textContent = due ? (100 * safe / due).toFixed(1) + "%" : "–";
    byId("open").textContent = format(total(data.notSafe[h]));
    marker.setAttribute("x1", x(h)); marker.setAttribute("x2", x(h));
    dot.setAttribute("cx", x(h)); dot.setAttribute("cy", y(data.headline[h]));
    drawMap(); drawTable();
  }
  function choose(n) { chosen = chosen === n ? -1 : n; drawMap(); drawTable(); }
  function stop() { clearInterval(timer); timer = null; byId("play").textContent = "▶"; }
  paths.forEach(function (path) {
    var n = Number(path.getAttribute("data-n"));
    path.addEventListener("click", function () { choose(n); });
    path.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(n); }
    });
  });
  slider.addEventListener("input", function () { stop(); show(Number(slider.value)); });
  byId("play").addEventListener("click", function () {
    if (timer) { stop(); return; }
    byId("play").textContent = "❚❚";
    timer = setInterval(function () { show((hour + 1) % data.hours.length); }, 450);
  });
  SHADES.forEach(function (step) {
    var item = document.createElement("span"), box = document.createElement("i");
    box.style.background = step[1];
    item.appendChild(box); item.appendChild(document.createTextNode(step[2]));
    byId("legend").appendChild(item);
  });
  drawCurve();
  // opens on the hour that matters: the most people in danger, or the first
  show(data.headline.indexOf(Math.max.apply(null, data.headline)));
})();
