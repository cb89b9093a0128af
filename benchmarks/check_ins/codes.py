"""Printed codes: the QR version, what of them is still read after a night in the rain, and how fast they are printed."""

from __future__ import annotations

import os
import random
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import zxingcpp

from benchmarks.check_ins.crowd import PEOPLE
from benchmarks.check_ins.dirt import ALL, CLAIM, SIDE, Harm, Modules, picture
from benchmarks.harness import Record
from evac.crockford import mint
from evac.keys import SigningKey
from evac.model import Category, Destination, Person, Stay
from evac.prints.batches import cut, print_batches
from evac.prints.card import Imprint
from evac.prints.kinds import Kind
from evac.qr import qr_modules
from evac.ticket import Ticket, qr_text, sign

CLAIMS = ("qr_version", "qr_dirty_decode")
BEGINS = datetime(2021, 7, 24, 4, 0, tzinfo=UTC)
KEY = SigningKey.for_drill(1)
DRAWS, FEW = 1000, 40
OTHERS = {
    "from the side too, and half the contrast": ALL,
    "5 % opaque mud at random": Harm(dirt=0.05, opaque=True),
    "30 % mud at random as it is": Harm(dirt=0.3),
}


def code(rng: random.Random) -> tuple[bytes, Modules]:
    """A signed code, and its dark modules."""
    signed = sign(Ticket(mint(rng), "330902", BEGINS, 720), KEY)
    return signed, qr_modules(signed)


def share_read(harm: Harm, draws: int, *, reach: bool, seed: int = 1) -> float:
    """Share of codes that zxing-cpp reads after the harm."""
    rng = random.Random(seed)
    read = 0
    for _ in range(draws):
        signed, modules = code(rng)
        found = zxingcpp.read_barcodes(picture(modules, harm, rng, reach=reach))
        read += any(one.text == qr_text(signed) for one in found)
    return read / draws


def crowd(count: int) -> list[Person]:
    """Invented people with signed codes, three to a household."""
    rng = random.Random(2)
    people = []
    for n in range(count):
        ticket = Ticket(mint(rng), "330902", BEGINS, 720, drill=True)
        people.append(
            Person(
                ticket.code, f"演练{n:05d}", f"330902-{n // 3:05d}", "330902", f"330902999{n % 90:03d}",
                f"演练村{n % 90:02d}", Category.LOW_LYING, Destination(Stay.SHELTER, ""), signed=sign(ticket, KEY), synthetic=True,
            )
        )  # fmt: skip
    return people


def pages_a_second(kind: Kind, people: list[Person]) -> tuple[float, float, float]:
    """Pages and codes a second on every core, starting the processes included, and bytes a page."""
    with TemporaryDirectory() as folder:
        start = time.perf_counter()
        done = print_batches(cut(kind, people, Imprint("2106 烟花", BEGINS)), Path(folder))
        seconds = time.perf_counter() - start
        size = sum(path.stat().st_size for path in Path(folder).glob("*.pdf"))
    return done.pages / seconds, done.people / seconds, size / done.pages


def measure(*, quick: bool = False) -> list[Record]:
    """Both claims; the rate of printing stands in the note of the first."""
    start = time.perf_counter()
    people = crowd(1000 if quick else 10_000)
    signing = len(people) / (time.perf_counter() - start)
    told = []
    for kind in Kind:
        pages, codes, size = pages_a_second(kind, people)
        hours = PEOPLE / codes / 3600
        told.append(
            f"{kind.value} {pages:.0f} pages/s, {codes:.0f} codes/s, {size / 1000:.1f} kB a page, so 2.03 M in {hours:.2f} h"
        )
    version = (qr_modules(people[0].signed).shape[0] - 17) // 4
    draws = FEW if quick else DRAWS
    note = f"{SIDE} modules, level M; signing {signing:.0f}/s; on {os.cpu_count()} cores: {'; '.join(told)}"
    others = [
        f"{words}: {share_read(harm, draws // 4, reach=harm is ALL):.3f}" for words, harm in OTHERS.items()
    ]
    return [
        Record(CLAIMS[0], version, "1", note=note),
        Record(
            CLAIMS[1], share_read(CLAIM, draws, reach=True), "1",
            note=f"{draws} codes turned by any angle, blurred by a quarter of a module, 30 % of the area under mud of which as "
            f"much is opaque as spoils 6 of the 8 codewords that each block mends; {'; '.join(others)}",
        ),
    ]  # fmt: skip
