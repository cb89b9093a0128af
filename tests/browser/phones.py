"""A phone with the check-in page: Chromium at phone size, its camera looking at a film of printed pendants."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.windows import ARGUMENTS, CHROMIUM
from tests.evac.web.town import Town

SIZE = {"width": 360, "height": 740}
STORED = """async () => {
  const db = await new Promise((done) => { const r = indexedDB.open('evac-kiosk'); r.onsuccess = () => done(r.result); });
  const text = (v) => v instanceof CryptoKey ? 'KEY extractable=' + v.extractable
    : v instanceof ArrayBuffer || ArrayBuffer.isView(v) ? new TextDecoder('latin1').decode(v)
    : v && typeof v === 'object' ? '{' + Object.keys(v).map((k) => k + ':' + text(v[k])).join(',') + '}' : String(v);
  const found = {};
  for (const name of db.objectStoreNames) {
    const store = db.transaction(name).objectStore(name);
    const get = (q) => new Promise((done) => { q.onsuccess = () => done(q.result); });
    const keys = await get(store.getAllKeys());
    const values = await get(store.getAll());
    keys.forEach((key, n) => { found[name + '/' + key] = text(values[n]); });
  }
  db.close();
  return found;
}"""
"""Everything in IndexedDB as text, bytes as Latin-1."""


def arguments(film: Path | None) -> list[str]:
    """Of a Chromium whose camera plays a film."""
    seen = [] if film is None else [f"--use-file-for-fake-video-capture={film}"]
    return [*ARGUMENTS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", *seen]


class Phone:
    """One page on one phone; ``said`` holds what it complained of."""

    def __init__(self, context: Any, town: Town) -> None:
        self.context, self.town, self.said = context, town, list[str]()
        self.agreed = list[str]()
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("console", self._console)
        self.page.on("dialog", self._agree)

    def _console(self, message: Any) -> None:
        # a network that is away is no fault of the page
        if (
            message.type in ("error", "warning")
            and "ERR_" not in message.text
            and "status of" not in message.text
        ):
            self.said.append(message.text)

    def _agree(self, dialog: Any) -> None:
        self.agreed.append(dialog.message)
        dialog.accept()

    def log_in(self) -> None:
        """By the link of the login code, and on duty at the school."""
        self.page.goto(self.town.login.url())
        self.page.wait_for_selector("#duty:not([hidden])")
        self.page.click("#duty-go")
        self.page.wait_for_selector("#door:not([hidden])")

    def reload(self) -> None:
        """The tab is loaded anew."""
        self.page.reload()
        self.page.wait_for_selector("body[data-ready=yes]")

    def go_offline(self) -> None:
        """No network any more, once the page is kept on the phone: before that a reload would find nothing."""
        self.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        self.context.set_offline(True)

    def tab(self, name: str) -> None:
        self.page.click(f"[data-tab={name}]")

    def number(self, node: str) -> int:
        return int(self.page.inner_text(node))

    def type_code(self, short: str) -> str:
        """Types a short code; what the card says then."""
        self.page.fill("#short", short)
        self.page.click("#short-go")
        self.page.wait_for_function(
            "() => !document.getElementById('short').matches(':focus') || document.getElementById('card').className === 'stop'"
        )
        return self.card()

    def card(self) -> str:
        text: str = self.page.inner_text("#card")
        return text

    def until(self, node: str, wanted: str) -> None:
        """Wait until a node says something; polled from here, since the page's policy forbids evaluated waiting."""
        for _ in range(200):
            if self.page.inner_text(node) == wanted:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{node} says {self.page.inner_text(node)!r}, not {wanted!r}")

    def sync(self) -> None:
        self.tab("upload")
        self.page.click("#sync-go")
        for _ in range(200):
            if not self.page.is_disabled("#sync-go"):
                return
            self.page.wait_for_timeout(50)

    def stored(self) -> dict[str, str]:
        found: dict[str, str] = self.page.evaluate(STORED)
        return found


@contextmanager
def phone_in(browser: Any, town: Town, *, script: str = "") -> Iterator[Phone]:
    """A new phone; ``script`` runs before the page's own."""
    context = browser.new_context(
        viewport=SIZE, device_scale_factor=2, has_touch=True, locale="zh-CN", timezone_id="Asia/Shanghai",
        permissions=["camera"], accept_downloads=True,
    )  # fmt: skip
    if script:
        context.add_init_script(script)
    phone = Phone(context, town)
    try:
        yield phone
        assert phone.said == [], phone.said
    finally:
        context.close()


class Process:
    """A Chromium of its own with a profile on disk, to be killed."""

    def __init__(self, playwright: Any, profile: Path) -> None:
        assert CHROMIUM is not None
        self._process = subprocess.Popen(
            [CHROMIUM, *arguments(None), "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stderr is not None
        line = next(line for line in self._process.stderr if "DevTools listening" in line)
        self._browser = playwright.chromium.connect_over_cdp(line.split()[-1])

    def phone(self, town: Town) -> Phone:
        """A page in its profile."""
        return Phone(self._browser.contexts[0], town)

    def kill(self) -> None:
        """kill -9: nothing is closed, nothing is asked."""
        self._process.kill()
        self._process.wait(20)
        if self._process.stderr is not None:
            self._process.stderr.close()
