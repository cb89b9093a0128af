"""Pictures of the phone page: a pendant at the door, and what is unsent. ``python -m benchmarks.check_ins.phone_picture``.

A real Chromium, its camera looking at a film of printed pendants, against `evac serve`; the network is cut after the login.
"""

from __future__ import annotations

import io
import random
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.check_ins.phone import TOWN, fill, served, town
from benchmarks.harness import ROOT
from evac.codes import SigningKey, Ticket, sign
from evac.event_key import make_vault_file
from evac.model import Person, Shelter
from evac.store.sqlite import SQLiteStore
from evac.web.login import Login

IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 360, "height": 740}
CAMERA = [
    "--headless=new", "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
]  # fmt: skip
SHELTER = "S0"
WIDTH, HEIGHT = 960, 720


def signed(people: Sequence[Person], key: SigningKey) -> list[Person]:
    """The people with codes that are good now."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    return [replace(p, signed=sign(Ticket(p.code, p.county, start, 240, drill=True), key)) for p in people]


def film(path: Path, people: Sequence[Person]) -> Path:
    """What a camera sees of pendants held up one after another, as YUV4MPEG2."""
    import pypdfium2

    from evac.prints.card import Imprint
    from evac.prints.pendants import pendant_sheet

    imprint = Imprint("台风演练", datetime(2021, 7, 24, tzinfo=UTC), {TOWN[:6]: "定海区"})
    page = pypdfium2.PdfDocument(pendant_sheet(people, imprint))[0].render(scale=300 / 72).to_pil()
    dot = 300 / 25.4
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W%d H%d F5:1 Ip A1:1 C420jpeg\n" % (WIDTH, HEIGHT))
        for n in range(len(people)):
            left, top = (10 + 95 * (n % 2)) * dot, (12 + 54.4 * (n // 2)) * dot
            box = (int(left), int(top), int(left + 95 * dot), int(top + 54.4 * dot))
            seen = Image.new("L", (WIDTH, HEIGHT), 95)
            seen.paste(page.convert("L").crop(box).resize((880, 504)), (40, 108))
            grey = np.asarray(seen.rotate(6 - 5 * (n % 3), fillcolor=95), dtype=np.uint8)
            file.write((b"FRAME\n" + grey.tobytes() + b"\x80" * (WIDTH * HEIGHT // 2)) * 10)
    return path


def beside(shots: Sequence[bytes], name: str) -> None:
    """Two screens beside each other, at the size of a page."""
    screens = [
        Image.open(io.BytesIO(shot)).convert("RGB").resize((360, 740), Image.Resampling.LANCZOS)
        for shot in shots
    ]
    both = Image.new("RGB", (368 * len(screens) - 8, 740), "white")
    for n, screen in enumerate(screens):
        both.paste(screen, (368 * n, 0))
    both.quantize(64).save(IMAGES / name, optimize=True)


def shoot(page: Any, context: Any) -> None:
    """One check-in by camera, a queue, and the codes of what is unsent."""
    page.wait_for_selector("#confirm")
    asked = page.screenshot()
    context.set_offline(True)
    page.click("#confirm")
    page.wait_for_selector("#card.done")
    beside([asked, page.screenshot()], "kiosk_door.png")
    page.click("#batch")
    page.wait_for_timeout(5000)
    page.click("[data-tab=upload]")
    page.click("#sync-go")
    page.wait_for_timeout(500)
    waiting = page.screenshot()
    page.click("#export-codes")
    page.wait_for_selector("#frames[open]")
    page.wait_for_function("document.getElementById('frame-number').textContent !== ''")
    beside([waiting, page.screenshot()], "kiosk_upload.png")


def main() -> None:
    """Write both pictures to ``docs/images``."""
    from playwright.sync_api import sync_playwright

    key = SigningKey.for_drill(7)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    listed = [replace(p, village_name="青岙村") for p in town(60)]
    random.Random(1).shuffle(listed)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "registry.sqlite"
        people = signed(listed, key)
        key_file = Path(folder) / "event.key"
        token = fill(path, people, make_vault_file(key_file))
        with closing(SQLiteStore(path)) as store:
            store.put_shelters([Shelter(SHELTER, "东门小学", TOWN[:6], 60, True)])
            store.put_labels({"public_key": key.public.public_bytes_raw().hex()})
        seen = film(Path(folder) / "film.y4m", [p for p in people if p.destination.place == SHELTER][:3])
        with served(path, "--vault", str(key_file)) as url:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=[*CAMERA, f"--use-file-for-fake-video-capture={seen}"]
            )
            context = browser.new_context(
                viewport=SIZE, device_scale_factor=2, locale="zh-CN", permissions=["camera"]
            )
            page = context.new_page()
            page.goto(Login(url, token, "P7", TOWN, "王村长", SHELTER).url())
            page.wait_for_selector("#duty:not([hidden])")
            page.click("#duty-go")
            shoot(page, context)
            browser.close()


if __name__ == "__main__":
    main()
