// Nodes, numbers and instants. Text goes in as text alone: nothing here reads markup.
const SVG = "http://www.w3.org/2000/svg";

function byId(id) { return document.getElementById(id); }

function filled(node, attributes, children) {
  Object.keys(attributes || {}).forEach((name) => {
    const value = attributes[name];
    if (value === null || value === undefined || value === false) return;
    if (name === "text") node.textContent = value;
    else if (name.indexOf("on") === 0) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  });
  (children || []).forEach((child) => {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  });
  return node;
}

function el(tag, attributes, children) { return filled(document.createElement(tag), attributes, children); }
function svg(tag, attributes, children) { return filled(document.createElementNS(SVG, tag), attributes, children); }

function emptied(node) {
  while (node.firstChild) node.removeChild(node.firstChild);
  return node;
}

// Widths in percent: the page's policy forbids style attributes, and lets scripts set a property.
function wide(node, percent) {
  node.style.width = Math.max(0, Math.min(100, percent)) + "%";
  return node;
}

// A number that is not known, or hidden since it is small, is a dot and never 0.
const UNKNOWN = "·";
function figure(n) { return n === null || n === undefined ? UNKNOWN : Number(n).toLocaleString("en-US"); }
function percent(n) { return n === null || n === undefined ? UNKNOWN : n.toFixed(1) + "%"; }
function added(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] === null || values[i] === undefined) return null;
    sum += values[i];
  }
  return sum;
}

function two(n) { return (n < 10 ? "0" : "") + n; }
function beijing(ms) { return new Date(ms + 8 * 3600e3); }
function clockOf(ms) { const d = beijing(ms); return two(d.getUTCHours()) + ":" + two(d.getUTCMinutes()); }
function secondsOf(ms) { return clockOf(ms) + ":" + two(beijing(ms).getUTCSeconds()); }
function dayOf(ms) { const d = beijing(ms); return two(d.getUTCMonth() + 1) + "-" + two(d.getUTCDate()); }
function shortAt(ms) { return dayOf(ms) + " " + clockOf(ms); }
function longAt(ms) { return beijing(ms).getUTCFullYear() + "-" + shortAt(ms); }
function instant(text) { return text === null || text === undefined ? null : Date.parse(text); }

// A span in the largest two units, rounded down: 3 h 05 min.
function span(seconds) {
  const s = Math.floor(Math.abs(seconds));
  if (s < 60) return s + " " + t("seconds");
  if (s < 3600) return Math.floor(s / 60) + " " + t("minutes");
  if (s < 48 * 3600) return Math.floor(s / 3600) + " " + t("hours") + (s % 3600 >= 60 ? " " + Math.floor((s % 3600) / 60) + " " + t("minutes") : "");
  return Math.floor(s / 86400) + " " + t("days");
}

// Redrawn only where its data changed, so that focus, scrolling and selection stay where they are.
const drawn = {};
function section(id, data, draw) {
  const node = byId(id);
  const said = JSON.stringify([data === undefined ? null : data, language]);
  if (drawn[id] === said) return node;
  node.classList.toggle("changed", drawn[id] !== undefined && drawn[id] !== null);
  drawn[id] = said;
  const active = document.activeElement;
  const key = node.contains(active) ? active.getAttribute("data-key") : null;
  const at = node.scrollTop;
  emptied(node);
  const made = draw(data);
  node.hidden = made === null;
  if (made) [].concat(made).forEach((part) => { if (part) node.append(part); });
  node.scrollTop = at;
  if (key) {
    const again = [].slice.call(node.querySelectorAll("[data-key]")).filter((one) => one.getAttribute("data-key") === key)[0];
    if (again) again.focus({ preventScroll: true });
  }
  return node;
}
function forget(id) { delete drawn[id]; }
