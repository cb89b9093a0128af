"""A town for the phone page: people with signed pendants, two shelters, a server in a thread, and a camera that looks at paper."""

from __future__ import annotations

import random
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from evac import codes
from evac.api.app import create_app
from evac.api.buckets import Limits
from evac.events import Ordered, Registered
from evac.field.desk import FieldDesk
from evac.model import Category, Destination, Person, Shelter, Stay, Vulnerability
from evac.registry import EventStore, Registry
from evac.store.memory import MemoryStore
from evac.store.tokens import MemoryTokens
from evac.tokens import Role, make_token
from evac.vault import Vault
from evac.web.login import Login
from evac.web.shell import PAGE

TOWN = "330902001"
SCHOOL, HALL = "S330902-001", "S330902-002"
NAMES = ("张海生", "李阿芬", "王小渔", "陈大伯", "周建国", "吴秀英", "郑阿婆", "孙平")
KEY = codes.SigningKey.for_drill(7)
VAULT = Vault(bytes(range(32)))


def people(count: int = 24) -> list[Person]:
    """Households of four in three villages; the first of each is weak; the last household goes to relatives."""
    rng, now, found = random.Random(11), datetime.now(UTC), []
    for n in range(count):
        code = codes.mint(rng)
        home = n // 4
        ticket = codes.Ticket(
            code, "330902", now.replace(microsecond=0) - timedelta(hours=6), 240, drill=True
        )
        away = home == count // 4 - 1
        found.append(
            Person(
                code=code,
                name=NAMES[n % len(NAMES)],
                household=f"H{home:04d}",
                county="330902",
                village=f"{TOWN}{1 + home % 3:03d}",
                village_name=("青岙村", "沙塘村", "后陈村")[home % 3],
                category=Category.LOW_LYING if home % 2 else Category.DANGEROUS_HOUSE,
                destination=Destination(Stay.RELATIVES, "县城亲友")
                if away
                else Destination(Stay.SHELTER, SCHOOL),
                vulnerability=(Vulnerability.ALONE_AND_AGED,) if n % 4 == 0 else (),
                helper="村干部" if n % 4 == 0 else None,
                signed=codes.sign(ticket, KEY),
                synthetic=True,
                phone="13800000000",
            )
        )
    return found


def filled(listed: list[Person]) -> MemoryStore:
    """A registry in memory in which everybody was ordered to move an hour ago."""
    store = MemoryStore(VAULT)
    fill(store, listed)
    return store


def fill(store: EventStore, listed: list[Person]) -> None:
    """Put people, shelters and the orders of an hour ago into a registry."""
    store.put_people(listed)
    store.put_shelters(
        [Shelter(SCHOOL, "东门小学", "330902", 30, True), Shelter(HALL, "文化礼堂", "330902", 60, True)]
    )
    store.put_labels({"public_key": KEY.public.public_bytes_raw().hex()})
    at = datetime.now(UTC) - timedelta(hours=1)
    events = []
    for n, person in enumerate(listed):
        told: dict[str, Any] = {
            "code": person.code, "place": "县防指", "actor": "A", "device": "county", "device_at": at, "trusted_at": at,
        }  # fmt: skip
        events.append(
            Registered(
                event_id=f"{2 * n:032x}",
                counter=2 * n,
                county="330902",
                category=person.category.value,
                **told,
            )
        )
        events.append(Ordered(event_id=f"{2 * n + 1:032x}", counter=2 * n + 1, order="令1", **told))
    Registry(store).check_ins(events, received_at=at)


class Town:
    """A server with the page; ``stop`` and ``start`` are the network's."""

    def __init__(
        self, listed: list[Person], *, valid: timedelta = timedelta(hours=12), ahead: timedelta = timedelta(),
        field: FieldDesk | None = None,
    ) -> None:  # fmt: skip
        self.people = listed
        self.store = filled(listed)
        self.tokens = MemoryTokens()
        self._ahead, self._field = ahead, field
        text, self.token = make_token("P7", Role.CLERK, TOWN, made_at=datetime.now(UTC), valid=valid)
        self.tokens.put(self.token)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.login = Login(self.url, text, "P7", TOWN, "王村长", SCHOOL)
        self._server: Any = None
        self._thread: threading.Thread | None = None
        self.start()

    def now(self) -> datetime:
        """The server's clock; the phone's may be another."""
        return datetime.now(UTC) + self._ahead

    def start(self) -> None:
        """Bring the server up and wait for it."""
        import uvicorn

        wide = (1e6, 1e6)
        app = create_app(
            self.store, tokens=self.tokens, clock=self.now, pages=PAGE, field=self._field,
            limits=Limits(device=wide, address=wide, wrong=wide),
        )  # fmt: skip
        config = uvicorn.Config(
            app, host="127.0.0.1", port=self.port, log_level="error", ws="none", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until = time.monotonic() + 20
        while not self._server.started and time.monotonic() < until:
            time.sleep(0.02)

    def stop(self) -> None:
        """Take the server away."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(20)


def camera(path: Path, pendants: list[Person], *, seconds_each: float = 1.5) -> Path:
    """A camera's film of printed pendants held up one after another, a little turned, as YUV4MPEG2."""
    import numpy as np
    import pypdfium2 as pdfium
    from PIL import Image

    from evac.prints.card import Imprint
    from evac.prints.pendants import pendant_sheet

    imprint = Imprint("台风演练", datetime(2021, 7, 24, tzinfo=UTC), {"330902": "定海区"})
    sheet = pendant_sheet(pendants, imprint)
    page = pdfium.PdfDocument(sheet)[0].render(scale=300 / 72).to_pil().convert("L")
    dot = 300 / 25.4
    width, height, rate = 960, 720, 5
    with path.open("wb") as film:
        film.write(b"YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420jpeg\n" % (width, height, rate))
        for n in range(len(pendants)):
            left, top = (10 + 95 * (n % 2)) * dot, (12 + 54.4 * (n // 2)) * dot
            card = page.crop((int(left), int(top), int(left + 95 * dot), int(top + 54.4 * dot)))
            card = card.resize((900, int(900 * card.size[1] / card.size[0])), Image.Resampling.LANCZOS)
            frame = Image.new("L", (width, height), 110)
            frame.paste(card, (30, 100))
            grey = np.asarray(frame.rotate(5 - 3 * (n % 4), fillcolor=110), dtype=np.uint8)
            raw = b"FRAME\n" + grey.tobytes() + b"\x80" * (width * height // 2)
            film.write(raw * int(seconds_each * rate))
    return path
