"""The phone page: how much a town takes along, and how long a thousand queued scans take to be sent.

The page runs in a real Chromium against `evac serve` on SQLite (synchronous FULL) in a process of its own.
"""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.harness import Record, not_built
from evac.codes import mint
from evac.events import ArrivedShelter, Registered
from evac.model import Category, Destination, Person, Shelter, Stay, Vulnerability
from evac.registry import Registry
from evac.store.sqlite import SQLiteStore
from evac.tokens import Role, make_token
from evac.vault import Vault
from evac.web.login import Login
from evac.web.roster_pack import pack
from evac.web.shell import shell_bytes

CLAIMS = ("offline_town_mb", "sync_1000_seconds")
TOWN: Final = "330902001"
PEOPLE, SCANS = 5_000, 1_000
_NAMES: Final = "张王李赵陈周吴郑"
_SEND: Final = """async (codes) => {
  const outbox = await import('./outbox.js');
  const sync = await import('./sync.js');
  const { session } = await import('./session.js');
  while (sync.status.running) await new Promise((done) => setTimeout(done, 20));
  const context = { actor: 'A', place: 'S1', device: session.login.device, mode: 'batch' };
  const drafts = codes.map((code) => ({ kind: 'arrived_shelter', code }));
  const started = performance.now();
  await outbox.add(drafts, context);
  const written = performance.now();
  const ok = await sync.run(true);
  return { write: (written - started) / 1000, send: (performance.now() - written) / 1000, ok, left: outbox.waiting().length };
}"""


def town(count: int) -> list[Person]:
    """Invented people of a town: households of three in nine villages, fifty shelters."""
    rng = random.Random(5)
    return [
        Person(
            code=mint(rng), name=_NAMES[n % 8] + "演练", household=f"H{n // 3:05d}", county=TOWN[:6],
            village=f"{TOWN}{1 + n // 600:03d}", village_name=f"演练村{n // 600}", category=list(Category)[n % 13],
            destination=Destination(Stay.SHELTER if n % 5 < 3 else Stay.RELATIVES, f"S{n // 100}"),
            vulnerability=(Vulnerability.ALONE_AND_AGED,) if n % 6 == 0 else (), helper="村干部" if n % 6 == 0 else None,
            synthetic=True,
        )
        for n in range(count)
    ]  # fmt: skip


def offline_town() -> Record:
    """Bytes on the phone: the page as it is kept, and the sealed roster."""
    people, page = town(PEOPLE), shell_bytes()
    shelters = [Shelter(f"S{n}", f"演练小学{n}", TOWN[:6], 100) for n in range(50)]
    roster = len(
        pack(people, {}, key=bytes(32), expires_at=datetime(2030, 1, 1, tzinfo=UTC), shelters=shelters)
    )
    note = f"page {page / 1e6:.2f} MB with both decoders as they lie on the phone, roster of {PEOPLE:,} people {roster / 1e6:.2f} MB"
    return Record("offline_town_mb", (page + roster) / 1e6, "MB", note=note)


def fill(path: Path, people: list[Person], vault: Vault | None = None) -> str:
    """A registry with these people registered, sealed where there is a key; the text of a token."""
    from evac.store.tokens import tokens_beside

    at = datetime.now(UTC) - timedelta(hours=1)
    with closing(SQLiteStore(path, vault=vault)) as store:
        store.put_people(people)
        Registry(store).check_ins(
            [
                Registered(
                    event_id=f"{n:032x}", code=one.code, place="office", actor="A", device="office", counter=n, device_at=at,
                    trusted_at=at, county=one.county, category=one.category.value,
                )
                for n, one in enumerate(people)
            ], received_at=at,
        )  # fmt: skip
    text, token = make_token("P7", Role.CLERK, TOWN, made_at=at, valid=timedelta(days=1))
    room = tokens_beside(path)
    room.put(token)
    room.close()
    return text


@contextmanager
def served(path: Path, *more: str) -> Iterator[str]:
    """`evac serve` on a registry, in a process of its own, with more options if any; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["serve", "--registry", str(path), "--port", str(port), "--quiet", *more]
    process = subprocess.Popen(
        [sys.executable, "-c", "from evac.cli import main; main()", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while True:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the server did not start")
            time.sleep(0.1)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(30)


def queued_scans(*, scans: int = SCANS) -> Record:
    """From the touch on 上传 to the last acknowledgement, with the roster renewed, a thousand scans in the queue."""
    claim, unit = "sync_1000_seconds", "s"
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        return not_built(claim, unit, "no Chromium here")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return not_built(claim, unit, "playwright is not installed")
    people = town(PEOPLE)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "registry.sqlite"
        token = fill(path, people)
        with served(path) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--headless", "--no-sandbox"]
            )
            page = browser.new_page()
            page.goto(Login(url, token, "P7", TOWN, "A", "S1").url())
            page.wait_for_selector("#duty:not([hidden])")
            found = page.evaluate(_SEND, [one.code for one in people[:scans]])
            browser.close()
        with closing(SQLiteStore(path)) as store:
            stored = sum(isinstance(event, ArrivedShelter) for event in store.events())
    if not found["ok"] or found["left"] or stored != scans:
        raise RuntimeError(f"{stored} of {scans} arrived, {found}")
    note = f"{scans:,} scans in lists of 200 and the roster of {PEOPLE:,} fetched anew; sealing and writing them on the phone {found['write']:.2f} s"
    return Record(claim, found["send"], unit, note=note)


def measure(*, quick: bool = False) -> list[Record]:
    """Both claims; the same work with ``quick``."""
    del quick
    return [offline_town(), queued_scans()]
