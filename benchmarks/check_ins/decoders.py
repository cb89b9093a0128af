"""What the phone page's two decoders read of drawn pendants: blurred, shaken, dirty, turned, dark, in glare, tilted, small.

``python -m benchmarks.check_ins.decoders`` runs the page's own worker in Chromium on single frames of 1280 x 720, and prints the share read
by zxing, by jsQR in its three turns, and by either, as the page does with a pendant held for a third of a second. Beside a video
this is strict: there each turn is another frame.
"""

from __future__ import annotations

import random
import shutil
from base64 import b64encode
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import segno
from PIL import Image, ImageDraw, ImageFilter

from evac.codes import SigningKey, Ticket, mint, qr_text, sign
from evac.web.shell import PAGE

KINDS: Final = ("plain", "turned", "tilted", "blurred", "shaken", "dirty", "dark", "glare", "small", "all")
EACH: Final = 20
WIDTH, HEIGHT = 1280, 720
ORIGIN: Final = "https://phone.test/kiosk/"
_READ: Final = """async ({ grey, width, height }) => {
  if (!self.reader) self.reader = new Worker('decoder.js');
  const raw = atob(grey);
  const read = (turn, only) => {
    const data = new Uint8ClampedArray(raw.length * 4);
    for (let i = 0; i < raw.length; i += 1) {
      data[4 * i] = data[4 * i + 1] = data[4 * i + 2] = raw.charCodeAt(i);
      data[4 * i + 3] = 255;
    }
    return new Promise((done) => {
      self.reader.onmessage = (event) => done(event.data.text);
      self.reader.postMessage({ data, width, height, turn, only }, [data.buffer]);
    });
  };
  const zxing = await read(0, 'zxing');
  let jsqr = '';
  for (let turn = 0; turn < 3 && !jsqr; turn += 1) jsqr = await read(turn, 'jsqr');
  return { zxing, jsqr };
}"""


def scene(kind: str, rng: random.Random) -> tuple[npt.NDArray[np.uint8], str]:
    """One frame of a camera that sees a pendant, and the text of its code."""
    start = datetime(2021, 7, 24, tzinfo=UTC)
    text = qr_text(sign(Ticket(mint(rng), "330902", start, 240, True), SigningKey.for_drill(1)))
    card = Image.new("L", (1300, 800), 245)
    modules = segno.make(text, error="m", boost_error=False, micro=False, version=6, mask=2).matrix
    square = Image.fromarray(
        np.pad(255 - 255 * np.array([list(row) for row in modules], np.uint8), 4, constant_values=255)
    )
    side = square.size[0]
    square = square.resize((side * 14, side * 14), Image.Resampling.NEAREST)
    card.paste(square, (20, (800 - square.size[0]) // 2))
    if kind in ("dirty", "all"):
        pen = ImageDraw.Draw(card)
        for _ in range(14 if kind == "dirty" else 9):
            x, y, r = rng.randint(60, square.size[0]), rng.randint(80, 720), rng.randint(8, 26)
            pen.ellipse((x - r, y - r, x + r, y + int(r * 0.7)), fill=rng.choice([30, 120, 230]))
    wide = 230 if kind == "small" else rng.choice([380, 440, 480])
    scale = wide / square.size[0]
    angle = {"turned": rng.uniform(-180, 180), "all": rng.uniform(-40, 40)}.get(kind, rng.uniform(-8, 8))
    held = card.resize((int(1300 * scale), int(800 * scale)), Image.Resampling.LANCZOS)
    mask = Image.new("L", held.size, 255).rotate(angle, expand=True)
    held = held.rotate(angle, resample=Image.Resampling.BICUBIC, expand=True)
    away = (
        (20 + square.size[0] / 2 - 650) * scale * np.exp(-1j * np.deg2rad(angle))
    )  # of the code from the card's middle
    frame = Image.new("L", (WIDTH, HEIGHT), rng.randint(90, 170))
    frame.paste(
        held, (int(640 - held.size[0] / 2 - away.real), int(360 - held.size[1] / 2 - away.imag)), mask
    )
    return _seen(frame, kind, wide / side, rng), text


def _seen(frame: Image.Image, kind: str, module: float, rng: random.Random) -> npt.NDArray[np.uint8]:
    """What lens, hand and light make of it; ``module`` is the width of one [pixels]."""
    if kind in ("tilted", "all"):
        k = rng.uniform(0.0001, 0.00035) * rng.choice([-1, 1])
        frame = frame.transform(
            frame.size, Image.Transform.PERSPECTIVE, (1, 0, 0, 0, 1, 0, k, k / 2), Image.Resampling.BICUBIC
        )
    blur = {"blurred": rng.uniform(0.35, 0.6), "all": 0.25, "small": 0.25}.get(kind, 0.0)
    seen = np.asarray(frame.filter(ImageFilter.GaussianBlur(module * blur)), np.float64)
    if kind == "shaken":
        seen = np.mean(
            [np.roll(seen, n, 1) for n in range(max(2, int(module * rng.uniform(0.7, 1.2))))], axis=0
        )
    if kind in ("dark", "all"):
        seen = seen * 0.25 + rng.uniform(0, 40)
    if kind == "glare":
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
        seen = seen + 220 * np.exp(
            -((x - rng.randint(450, 830)) ** 2 + (y - rng.randint(200, 520)) ** 2) / 16200
        )
    noise = np.random.default_rng(rng.randrange(2**32)).normal(0, 6, seen.shape)
    return np.clip(seen + noise, 0, 255).astype(np.uint8)


def answer(route: Any) -> None:
    """The page's files, without a server."""
    path = PAGE / route.request.url.removeprefix(ORIGIN)
    kind = "text/javascript" if path.suffix == ".js" else "application/octet-stream"
    route.fulfill(
        body=path.read_bytes() if path.is_file() else b"",
        content_type=kind if path.is_file() else "text/html",
    )


def measure(each: int = EACH) -> dict[str, Counter[str]]:
    """Kind of scene -> how many of ``each`` were read, in which way and in the first turn."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    counts: dict[str, Counter[str]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"])
        page = browser.new_page()
        page.route("**/*", answer)
        page.goto(ORIGIN)
        for kind in KINDS:
            rng = random.Random(kind)
            counts[kind] = Counter()
            for _ in range(each):
                frame, text = scene(kind, rng)
                found = page.evaluate(
                    _READ, {"grey": b64encode(frame.tobytes()).decode(), "width": WIDTH, "height": HEIGHT}
                )
                if not set(found.values()) <= {"", text}:
                    raise RuntimeError("read what was not there")
                counts[kind].update(name for name, read in found.items() if read)
                counts[kind]["both"] += any(found.values())
        browser.close()
    return counts


if __name__ == "__main__":
    found = measure()
    print(f"{'of ' + str(EACH):10}{'zxing':>8}{'jsQR':>8}{'both':>8}")
    for kind, counted in found.items():
        print(f"{kind:10}{counted['zxing']:8}{counted['jsqr']:8}{counted['both']:8}")
    total = sum(found.values(), Counter())
    print(
        f"{'share':10}" + "".join(f"{total[k] / (EACH * len(KINDS)):8.3f}" for k in ("zxing", "jsqr", "both"))
    )
