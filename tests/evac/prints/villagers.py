"""People with signed codes, households of one to five, in two counties."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from evac.crockford import mint
from evac.keys import SigningKey, public_keys
from evac.model import Category, Destination, Person, Stay, Vulnerability
from evac.prints.card import Imprint
from evac.ticket import Ticket, sign

BEGINS = datetime(2021, 7, 24, 4, 0, tzinfo=UTC)
KEY = SigningKey.for_drill(1)
RING = public_keys([KEY.public.public_bytes_raw()])
IMPRINT = Imprint("2106 烟花", BEGINS, {"330902": "定海区"}, {"S1": "岑港中心小学"}, "0580-8012345")
_GOING = (
    Destination(Stay.SHELTER, "S1"), Destination(Stay.RELATIVES, "临城亲友"), Destination(Stay.ASHORE, "沈家门渔港"),
)  # fmt: skip


def villagers(count: int, *, county: str = "330902", synthetic: bool = False, seed: int = 1) -> list[Person]:
    """So many people, out of order."""
    rng = random.Random(seed)
    people: list[Person] = []
    home = 0
    while len(people) < count:
        home += 1
        for member in range(min((3, 1, 5, 2, 4)[home % 5], count - len(people))):
            code = mint(rng)
            people.append(
                Person(
                    code, rng.choice(["陈建国", "林阿毛", "欧阳春花"]), f"{county}-{home:05d}", county, f"{county}001001",
                    "马目村", Category.LOW_LYING, _GOING[home % 3], (Vulnerability.ILL,) if member == 1 else (),
                    "李书记" if member == 1 else None, signed=sign(Ticket(code, county, BEGINS, 720), KEY),
                    synthetic=synthetic,
                )
            )  # fmt: skip
    rng.shuffle(people)
    return people
