// The map as a table, for a screen reader and for whoever wants the numbers: every region of the hour.
function writeTable(data, view, writer) {
  const box = document.getElementById("table-rows");
  const words = writer.words();
  const level = view.level;
  box.textContent = "";
  const at = writer.clock(data.times[view.hour]);
  box.appendChild(element("caption", words.tableTitle + " · " + writer.pick(level.words) + " · " + at.date + " " + at.hm + " " + words.beijing));
  const row = (cells, tag, parent) => {
    const line = document.createElement("tr");
    cells.forEach((text, n) => {
      const cell = element(n === 0 || tag === "th" ? "th" : "td", null);
      if (n === 0 || tag === "th") cell.scope = tag === "th" ? "col" : "row";
      if (typeof text === "string") cell.textContent = text;
      else cell.appendChild(text);
      line.appendChild(cell);
    });
    parent.appendChild(line);
  };
  const head = box.appendChild(document.createElement("thead"));
  row([words.name, words.city, words.code, words.combined].concat(level.hazards.map((hazard) => writer.pick(hazard.words))), "th", head);
  const body = box.appendChild(document.createElement("tbody"));
  const order = level.regions.code.map((_, n) => n).filter((n) => view.inside(n));
  const start = view.hour * level.count;
  order.sort((a, b) => level.combined[start + b] - level.combined[start + a] || a - b);
  const cell = (code) => {
    const text = element("span", null);
    text.appendChild(writer.swatch(code));
    text.appendChild(document.createTextNode(writer.tierText(code)));
    return text;
  };
  order.forEach((n) => {
    row([level.regions.name[n], level.regions.city[n], level.regions.code[n], cell(level.combined[start + n])]
      .concat(level.hazards.map((hazard) => cell(hazard.tier[start + n]))), "td", body);
  });
}
