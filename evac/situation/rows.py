"""The rows of a screen: each part of the region with its people, tiers, letters and shelters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from evac.counts.head_count import percent
from evac.situation.document import Place, Readiness, Row
from evac.situation.letters import Addressed, Post, rounded
from evac.situation.people import People
from evac.situation.places import digits_below
from evac.situation.rules import most
from evac.situation.tiers import UNKNOWN, Outlook

if TYPE_CHECKING:  # a screen without a duty roster loads none of it
    from evac.ready.readiness import Village


def readiness_here(
    villages: Iterable[Village], place: Place
) -> tuple[Readiness, Mapping[str, tuple[int, int]]]:
    """The part of the document, and code of a row -> villages that are ready, and all."""
    here = [village for village in villages if village.code.startswith(place.code)]
    red = [village for village in here if not village.ready]
    shown = tuple(
        (v.code, v.name, "、".join(dict.fromkeys(item.check.chinese for item in v.missing))) for v in red[: most("red_villages")]
    )  # fmt: skip
    rows: dict[str, tuple[int, int]] = {}
    digits = digits_below(place)
    for village in here:
        ready, total = rows.get(village.code[:digits], (0, 0))
        rows[village.code[:digits]] = (ready + village.ready, total + 1)
    return Readiness(len(here), len(here) - len(red), shown, len(red) - len(shown)), rows


def row_of(
    place: Place,
    city: str,
    people: People | None,
    tasks: Sequence[Addressed] | None,
    post: Post | None,
    outlook: Outlook | None,
    room: tuple[int, int] | None,
    ready: tuple[int, int] | None,
) -> Row:
    """One part of a screen; what was not read is None.

    Parameters
    ----------
    city : str
        Name of a county's city.
    tasks : sequence of Addressed or None
        Of the part's offices; None where no log was read.
    room : (int, int) or None
        Persons at its shelters, and their room.
    ready : (int, int) or None
        Villages that are ready, and all.
    """
    code = place.code
    tier = outlook.row(code) if outlook else UNKNOWN
    counts = people.rows.get(code, {}) if people else None

    def figure(name: str) -> int | None:
        return None if counts is None else int(counts.get(name, 0))

    index = post.figures(code).index if post and tasks else None
    return Row(
        code, place.name, place.level, city, tier.tier, tier.worst, tier.worst_at, tier.reason, due=figure("due"),
        moved=figure("moved"), share=percent(figure("moved") or 0, figure("due") or 0) if counts is not None else None,
        unaccounted=figure("unaccounted"), unreached=figure("unreached"), missing=figure("missing"),
        refused=figure("refused"), deceased=figure("deceased"),
        letters=None if tasks is None else sum(one.open for one in tasks),
        unanswered=None if tasks is None else sum(one.unanswered for one in tasks),
        overdue=None if tasks is None else sum(one.overdue for one in tasks),
        sheltered=room[0] if room else None, capacity=room[1] if room else None, index=rounded(index),
        ready=ready[0] if ready else None, villages=ready[1] if ready else None, open_below=place.level != "village",
    )  # fmt: skip
