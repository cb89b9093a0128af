// Hatching: a tier by its pattern for grey paper, and a chance by the density of its lines.
const SVG = "http://www.w3.org/2000/svg";
const TIER_HATCHES = {
  4: { size: 7, light: true, width: 1.3, path: "M0 0L7 7M7 0L0 7" },
  3: { size: 6, width: 1.1, path: "M-1 1L1 -1M0 6L6 0M5 7L7 5" },
  2: { size: 9, width: 1.9, path: "M2 2h.01M6.5 6.5h.01", round: true },
  1: { size: 6, light: true, width: 1.2, path: "M3 0V6" },
  0: null,
  "-1": { size: 10, width: 1, path: "M0 5H10M5 0V10", faint: true },
};
const CHANCE_FROM = [0.3, 0.5, 0.8]; // lower bounds of the classes of lines
const CHANCE_SIZES = [13, 8, 4.5];

function svgElement(tag, attributes, parent) {
  const node = document.createElementNS(SVG, tag);
  Object.keys(attributes).forEach((name) => node.setAttribute(name, attributes[name]));
  if (parent) parent.appendChild(node);
  return node;
}

function pattern(defs, id, size, colour) {
  const node = svgElement("pattern", { id: id, width: size, height: size, patternUnits: "userSpaceOnUse" }, defs);
  svgElement("rect", { width: size, height: size, fill: colour }, node);
  return node;
}

function drawPatterns(colour) {
  const svg = svgElement("svg", { width: 0, height: 0, "aria-hidden": "true", class: "patterns" });
  const defs = svgElement("defs", {}, svg);
  [4, 3, 2, 1, 0, -1].forEach((code) => {
    const hatch = TIER_HATCHES[code];
    const own = pattern(defs, "hatch" + code, hatch ? hatch.size : 8, colour(code));
    if (hatch) {
      svgElement("path", {
        d: hatch.path, fill: "none", stroke: hatch.light ? "#fff" : hatch.faint ? "#6b6b6b" : "#10181f",
        "stroke-width": hatch.width, "stroke-linecap": hatch.round ? "round" : "butt",
      }, own);
    }
    CHANCE_SIZES.forEach((size, c) => {
      const lines = pattern(defs, "chance" + c + "_" + code, size, colour(code));
      lines.setAttribute("patternTransform", "rotate(45)");
      svgElement("path", { d: "M0 0V" + size, stroke: code === 4 || code === 1 ? "#fff" : "#10181f", "stroke-width": 1.6 }, lines);
    });
  });
  document.body.appendChild(svg);
}

function chanceClass(chance) {
  if (chance === null) return -1;
  let found = -1;
  CHANCE_FROM.forEach((bound, n) => { if (chance >= bound) found = n; });
  return found;
}

// What a code is painted with: its colour, or the pattern that carries it.
function paint(view, writer, code, chance) {
  if (chance !== undefined) {
    const lines = chanceClass(chance);
    return lines < 0 || code < 1 ? writer.colour(code) : "url(#chance" + lines + "_" + code + ")";
  }
  return view.hatched && code >= NO_DATA ? "url(#hatch" + code + ")" : writer.colour(code);
}
