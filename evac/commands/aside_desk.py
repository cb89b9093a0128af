"""What commands share that write facts aside: the open registry and who writes; an event found by the end of its id and undone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from evac.commands.people_desk import clerk_of
from evac.envelope import Envelope
from riskmap.errors import ConfigError

if TYPE_CHECKING:
    from evac.people.clerk import Clerk
    from evac.registry import Registry


@contextmanager
def aside_desk(registry: str, vault: Path | None, actor: str, place: str) -> Iterator[tuple[Registry, Clerk]]:
    """The registry to write to, and who writes; closed at the end.

    Raises
    ------
    ConfigError
        Nobody is named.
    """
    from evac.registry import Registry
    from evac.reporting import open_for_report

    if not actor.strip():
        raise ConfigError(
            "nobody is named", where="--actor", expected="who does this, by name", found=repr(actor)
        )
    store = open_for_report(registry, vault, to_write=True)
    try:
        desk = Registry(store)
        yield desk, clerk_of(desk, actor, place)
    finally:
        store.close()


def undo_aside(desk: Registry, clerk: Clerk, kinds: Collection[str], number: str) -> Envelope:
    """Write the undo of an event of some kinds.

    Raises
    ------
    ConfigError
        No such event, or several.
    ConflictError
        It was undone before.
    """
    from evac.events import Undone

    wanted = number.strip().lower()
    found = [event for _, event in desk.store.aside(kinds) if event.event_id.endswith(wanted)]
    if len(found) != 1 or len(wanted) < 6:
        raise ConfigError(
            "not one event", where="number", expected="the number of one, as it was printed",
            found=f"{number}: {len(found)}", remedy="give more of its digits",
        )  # fmt: skip
    event = clerk.write(Undone, found[0].code, target=found[0].event_id)
    desk.check_in(event, received_at=clerk.now).require_all()
    return found[0]
