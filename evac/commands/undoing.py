"""What commands share that take back a fact aside: found by the end of its id, undone once."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from evac.envelope import Envelope
from riskmap.errors import ConfigError

if TYPE_CHECKING:
    from evac.people.clerk import Clerk
    from evac.registry import Registry


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
