// Where documents come from: the server that handed out this page, or the page itself.
const TOKEN = "evac-cockpit";
const WAIT = 25; // s the server may hold a question for news
const PATIENCE = 10; // s on top, after which the line counts as dead
const SOON = 1; // s before the first retry; doubled up to LATE
const LATE = 20;

function kept() { try { return JSON.parse(sessionStorage.getItem(TOKEN)); } catch (error) { return null; } }
function keep(login) {
  try {
    if (login) sessionStorage.setItem(TOKEN, JSON.stringify(login));
    else sessionStorage.removeItem(TOKEN);
  } catch (error) { /* a browser that keeps nothing: the login lives as long as the page */ }
}

// A token, or the link that logs a phone in; what stands behind # never left this browser.
function readLogin(text) {
  const told = text.trim();
  const at = told.indexOf("#login=");
  if (at >= 0) {
    try {
      const raw = atob(told.slice(at + 7).replace(/-/g, "+").replace(/_/g, "/"));
      const bytes = Uint8Array.from(raw, (c) => c.charCodeAt(0));
      const record = JSON.parse(new TextDecoder().decode(bytes));
      return typeof record.t === "string" ? { token: record.t, prefix: record.p === "all" ? "" : String(record.p || "") } : null;
    } catch (error) { return null; }
  }
  const found = /evt_[0-9a-f]{12}_[A-Za-z0-9_-]+/.exec(told);
  return found ? { token: found[0], prefix: "" } : null;
}

function screenAt(code) { return "/v1/situation/" + encodeURIComponent(code); }

function Refused(status) { this.status = status; }

function liveSource() {
  let login = kept();
  async function ask(path, seconds) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), seconds * 1000);
    try {
      const answer = await fetch(path, { headers: { Authorization: "Bearer " + login.token }, cache: "no-store", credentials: "omit", signal: stop.signal });
      if (answer.status === 204 || answer.status === 304) return null;
      if (!answer.ok) {
        if (answer.status === 429 || answer.status >= 500) throw new Error(String(answer.status));
        throw new Refused(answer.status);
      }
      return await answer.json();
    } finally { clearTimeout(timer); }
  }
  return {
    live: true,
    ready: () => login !== null,
    logIn: (told) => { login = told; keep(told); },
    logOut: () => { login = null; keep(null); },
    home: () => (login && login.prefix) || "",
    // a bare token does not say its region; the server does
    find: async () => {
      const told = await ask("/v1/counts", PATIENCE * 3);
      login.prefix = told.prefix;
      keep(login);
      return told.prefix;
    },
    whole: (code) => ask(screenAt(code), PATIENCE * 3),
    news: (code, revision) => ask(screenAt(code) + "/updates?wait=" + WAIT + "&after=" + encodeURIComponent(revision), WAIT + PATIENCE),
    outlines: (code) => ask(screenAt(code) + "/outlines", PATIENCE * 2),
  };
}

// Documents in the page, one deflated block a screen: only the one that is looked at is undone.
function frozenSource(index) {
  const read = (id) => {
    const node = byId(id);
    if (!node) return null;
    return JSON.parse(new TextDecoder().decode(inflate(bytesOf(node.textContent), +node.getAttribute("data-size"))));
  };
  const answer = (id) => (byId(id) ? Promise.resolve(read(id)) : Promise.reject(new Refused(404)));
  return {
    live: false, ready: () => true, logIn: () => {}, logOut: () => {}, home: () => index.home, find: () => Promise.resolve(index.home),
    whole: (code) => answer("screen-" + code), news: () => new Promise(() => {}), outlines: (code) => answer("outlines-" + code),
  };
}

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
