// Search over every level by name, pinyin, initials or code: arrows choose, Enter goes there, Escape closes.
const MOST_FOUND = 12;

function searchIndex(data) {
  const found = [];
  data.levels.forEach((level) => {
    level.regions.code.forEach((code, n) => {
      found.push({ level: level, n: n, code: code, name: level.regions.name[n], spelt: level.regions.spelt[n].split(" "), city: level.regions.city[n] });
    });
  });
  // units without an outline: found by name, never coloured; the way leads to their county
  data.listed.forEach((unit) => {
    data.levels.forEach((level) => {
      const n = level.regions.code.indexOf(unit[0].slice(0, 6));
      if (n >= 0) found.push({ level: level, n: n, code: unit[0], name: unit[1], spelt: unit[2].split(" "), city: level.regions.name[n], listed: true });
    });
  });
  return found;
}

function searchRank(entry, asked) {
  if (entry.code === asked || entry.name === asked) return 0;
  if (entry.name.startsWith(asked) || entry.code.startsWith(asked)) return 1;
  if (entry.spelt.some((form) => form === asked)) return 2;
  if (entry.spelt.some((form) => form.startsWith(asked))) return 3;
  if (entry.name.includes(asked) || (entry.city + entry.name).includes(asked)) return 4;
  if (asked.length > 2 && entry.spelt.some((form) => form.includes(asked))) return 5;
  return -1;
}

function startSearch(data, writer, goTo) {
  const box = document.getElementById("search");
  const list = document.getElementById("search-list");
  const state = document.getElementById("search-state");
  const index = searchIndex(data);
  let found = [];
  let at = -1;

  const close = () => {
    list.hidden = true;
    at = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const mark = (n) => {
    at = n;
    Array.from(list.children).forEach((item, k) => item.setAttribute("aria-selected", String(k === n)));
    if (n >= 0) {
      box.setAttribute("aria-activedescendant", list.children[n].id);
      list.children[n].scrollIntoView({ block: "nearest" });
    }
  };
  const take = (n) => {
    const entry = found[n];
    if (!entry) return;
    close();
    box.value = entry.name;
    goTo(entry.level, entry.n);
  };
  const look = () => {
    const asked = box.value.trim().toLowerCase().replace(/['\s]/g, "");
    list.textContent = "";
    if (!asked) {
      state.textContent = "";
      close();
      return;
    }
    found = index.map((entry, n) => ({ entry: entry, rank: searchRank(entry, asked), n: n })).filter((f) => f.rank >= 0)
      .sort((a, b) => a.rank - b.rank || a.n - b.n).slice(0, MOST_FOUND).map((f) => f.entry);
    found.forEach((entry, n) => {
      const item = element("li", entry.name);
      item.id = "found-" + n;
      item.setAttribute("role", "option");
      item.appendChild(element("small", [entry.city, entry.listed ? writer.words().shapeless : writer.pick(entry.level.words), entry.code].filter((text) => text).join(" · ")));
      item.addEventListener("mousedown", (event) => { event.preventDefault(); take(n); });
      list.appendChild(item);
    });
    list.hidden = !found.length;
    box.setAttribute("aria-expanded", String(found.length > 0));
    state.textContent = found.length ? found.length + " " + writer.words().searchFound : writer.words().searchNone;
    mark(found.length ? 0 : -1);
  };
  box.addEventListener("input", look);
  box.addEventListener("focus", () => box.select());
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (found.length) mark((at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length);
    } else if (event.key === "Enter" && at >= 0) take(at);
    else if (event.key === "Escape") {
      box.value = "";
      look();
    }
  });
}
