"""Ratings (评价) by whoever was served: a letter by the county that got it, a shelter by who stayed there, a danger by who reported it.

They feed the review as distributions and words. Nobody is ever ranked by them: what is given out knows neither the subject nor the rater,
and fewer than ten are not shown at all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from evac.asides import DangerReported, DangerSeen, Rated, Resolved
from evac.counts.life import live
from evac.counts.roll import in_order
from evac.envelope import NO_ONE
from evac.errors import ConflictError
from evac.events import Envelope
from evac.model import State
from evac.people.clerk import Clerk
from evac.privacy.counts import SMALLEST_SHOWN, suppress
from evac.registry import EventStore, Registry
from evac.state import effective
from riskmap.errors import ConfigError

OF: Final[Mapping[str, str]] = MappingProxyType(
    {"letter": "收文县对风险告知函", "shelter": "安置人员对安置点", "danger": "上报人对险情处置"}
)
"""What is rated, and by whom."""
SCORES: Final = (1, 2, 3, 4, 5)
"""1 bad, 5 good."""
LONGEST_WORDS: Final = 200
SHOW: Final = "may be shown"
HIDE: Final = "not to be shown"
_HIDDEN: Final = "〓"
_NUMBERS: Final = re.compile(r"\d[\d\s-]{5,}[\dXx]")
_CALLED: Final = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+|(?:微信|QQ|qq)\s*[::]?\s*[A-Za-z0-9_-]{5,}")


def masked(words: str, names: Iterable[str] = ()) -> str:
    """Words without telephone and identity numbers, addresses of mail and chat, and the names of a list.

    A machine does not know every name: a person still reads them before anybody is shown them.

    Examples
    --------
    >>> masked("找张三丰 13800001234,证件 33090219500101123X", ["张三丰"])
    '找〓 〓,证件 〓'
    """
    told = _CALLED.sub(_HIDDEN, _NUMBERS.sub(_HIDDEN, words))
    for name in sorted({name for name in names if len(name) > 1}, key=lambda name: (-len(name), name)):
        told = told.replace(name, _HIDDEN)
    return told


def rating_id(of: str, subject: str, rater: str) -> str:
    """The id of a rating: the same rater and subject have one, and nobody reads the rater from it."""
    return hashlib.blake2b("\n".join(("rated", of, subject, rater)).encode(), digest_size=16).hexdigest()


def rate(
    registry: Registry, of: str, subject: str, *, rater: str, score: int, words: str, clerk: Clerk
) -> Rated:
    """Take a rating in; once for each subject and rater, and for good.

    Parameters
    ----------
    of : str
        Of ``OF``.
    subject : str
        Number of the letter, id of the shelter, id of the report.
    rater : str
        The office that got the letter; the code of who stayed at the shelter; empty for the one reporter of a danger.
        It is kept nowhere.
    clerk : Clerk
        Whose device it is; their name does not stand in the rating.

    Raises
    ------
    ConfigError
        No such kind, score, or rater.
    ConflictError
        The shelter or report is not known, the rater never stayed there, or they rated it before.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac import Clerk, MemoryStore, Registry, rate
    >>> clerk, registry = Clerk("值班员", "330902", "D1", datetime(2021, 7, 29, tzinfo=UTC)), Registry(MemoryStore())
    >>> served = {"rater": "定海区防指", "score": 4, "words": "及时,请打13800001234"}
    >>> said = rate(registry, "letter", "浙防指函〔2021〕3号", **served, clerk=clerk)
    >>> said.score, said.words, said.actor  # whose it is, nobody reads from it
    (4, '及时,请打〓', '')
    """
    if (
        of not in OF
        or score not in SCORES
        or len(words) > LONGEST_WORDS
        or (of != "danger" and not rater.strip())
    ):
        raise ConfigError(
            "this is no rating", where="rating", expected=f"one of {', '.join(OF)}, 1 to 5, at most {LONGEST_WORDS} characters, and who rates",
            found=f"{of!r}, {score}, {len(words)} characters, {'nobody' if not rater.strip() else 'somebody'}",
            remedy="see: evac review rate --help",
        )  # fmt: skip
    _require_served(registry.store, of, subject, rater)
    made = rating_id(of, subject, rater.strip())
    if registry.store.known([made]):
        raise ConflictError(
            "rated before, and once is all", where=f"{of} {subject}", remedy="the first rating stands"
        )
    names = (person.name for person in registry.store.people()) if words.strip() else ()
    said = clerk.write(
        Rated,
        NO_ONE,
        event_id=made,
        actor="",
        place="",
        of=of,
        subject=subject,
        score=score,
        words=masked(words.strip(), names),
    )
    registry.check_in(said, received_at=clerk.now)
    return said


def _require_served(store: EventStore, of: str, subject: str, rater: str) -> None:
    if of == "shelter":
        own = store.kin([rater])
        stays = live(rater, None, effective(e for mine in own.values() for e in mine)).stays
        if not any((stay.place, stay.stay) == (subject, State.SHELTERED) for stay in stays):
            raise ConflictError(
                "only who stayed there rates a shelter", where=subject, expected="a check-in there", found="none",
                remedy="check the code and the shelter's id",
            )  # fmt: skip
    if of == "danger":
        reports = {e.event_id for _, e in store.aside({DangerReported.kind, DangerSeen.kind})}
        if subject not in reports:
            raise ConflictError(
                "no such report",
                where=f"danger {subject[-12:]}",
                remedy="name the id that was given at the report",
            )


def moderate(registry: Registry, rating: Rated, *, show: bool, clerk: Clerk) -> None:
    """A named person read the words and says whether they may be shown; the score counts either way."""
    how = SHOW if show else HIDE
    registry.check_in(clerk.write(Resolved, NO_ONE, target=rating.event_id, how=how), received_at=clerk.now)


@dataclass(frozen=True, slots=True)
class Distribution:
    """What is shown of one kind of rating.

    Attributes
    ----------
    number : int or None
        None where there are fewer than ten.
    scores : mapping
        Score -> how many; None where hidden, and empty where ``number`` is None.
    words : tuple of str
        What a named person let through, in the order of their text: not of score, place, time or rater.
    waiting : int
        Words that nobody has read yet.
    """

    of: str
    number: int | None
    scores: Mapping[int, int | None]
    words: tuple[str, ...]
    waiting: int


def read_ratings(store: EventStore, *, at: datetime) -> tuple[list[Rated], Mapping[str, str]]:
    """Every rating up to an instant, and rating -> the newest word on whether it may be shown."""
    facts = in_order(store, [e for _, e in store.aside({Rated.kind, Resolved.kind})], at)
    given: list[Envelope] = [e for e in facts if isinstance(e, Rated)]
    said = {e.target: e.how for e in facts if isinstance(e, Resolved) and e.how in (SHOW, HIDE)}
    return [e for e in given if isinstance(e, Rated)], said


def distributions(
    ratings: Iterable[Rated], read: Mapping[str, str], *, smallest: int = SMALLEST_SHOWN
) -> tuple[Distribution, ...]:
    """What may be shown of ratings, by kind and by nothing else.

    Parameters
    ----------
    read : mapping
        From ``read_ratings``.
    smallest : int
        Fewer ratings than this are not shown.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac import Clerk, distributions
    >>> clerk = Clerk("", "", "D1", datetime(2021, 7, 29, tzinfo=UTC))
    >>> stayed = {"of": "shelter", "subject": "S1", "words": ""}
    >>> given = [clerk.write(Rated, NO_ONE, **stayed, score=score) for score in (4, 5) for _ in range(12)]
    >>> given.append(clerk.write(Rated, NO_ONE, of="letter", subject="3号", score=1, words=""))
    >>> {one.of: (one.number, dict(one.scores)) for one in distributions(given, {})}  # a single letter's rating is not shown
    {'letter': (None, {}), 'shelter': (24, {1: 0, 2: 0, 3: 0, 4: 12, 5: 12}), 'danger': (0, {1: 0, 2: 0, 3: 0, 4: 0, 5: 0})}
    """
    every = list(ratings)
    return tuple(_of(kind, [r for r in every if r.of == kind], read, smallest) for kind in OF)


def _of(kind: str, mine: list[Rated], read: Mapping[str, str], smallest: int) -> Distribution:
    worded = [r for r in mine if r.words]
    shown = tuple(sorted(r.words for r in worded if read.get(r.event_id) == SHOW))
    waiting = sum(r.event_id not in read for r in worded)
    if 0 < len(mine) < smallest:
        return Distribution(kind, None, MappingProxyType({}), (), waiting)
    counted = {str(score): sum(r.score == score for r in mine) for score in SCORES}
    hidden = suppress(counted, smallest=smallest)
    return Distribution(
        kind, len(mine), MappingProxyType({s: hidden[str(s)] for s in SCORES}), shown, waiting
    )
