"""The items and their needs, from ``items.toml``, each with its source and status; names and packs as people write them."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final
from unicodedata import normalize

from evac.model import Vulnerability

_PACK: Final = re.compile(r"(\d+)\s*(\D+?)\s*/\s*(\D+)")


class Use(StrEnum):
    """How an item meets a need."""

    DAILY = "daily"
    ONCE = "once"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Item:
    """One item.

    Attributes
    ----------
    unit : str
        What stock is counted in.
    packs : mapping
        Name of a pack -> units in it, where a list says nothing else.
    measure, content
        What the need is told in, and how much of it a unit holds.
    need : float
        Of a person: a day (``DAILY``), to keep (``ONCE``), or as a share of one that stands for many (``PLACE``).
    groups : mapping
        Vulnerability -> factor on the need.
    only : frozenset
        Who alone needs it; everybody where empty.
    grave_hours : float
        If it lasts shorter than this, the lack is grave [h].
    """

    id: str
    chinese: str
    english: str
    words: tuple[str, ...]
    unit: str
    packs: Mapping[str, int]
    measure: str
    content: float
    use: Use
    need: float
    groups: Mapping[Vulnerability, float]
    only: frozenset[Vulnerability]
    grave_hours: float
    source: str
    status: str


@cache
def rules() -> dict[str, dict[str, Any]]:
    """The rule file as it is.

    Examples
    --------
    >>> rules()["plan"]["hours"], rules()["plan"]["status"]
    (24.0, 'D')
    """
    return tomllib.loads((files("evac") / "supplies" / "items.toml").read_text(encoding="utf-8"))


@cache
def items() -> Mapping[str, Item]:
    """Id -> item, in the order of the list.

    Examples
    --------
    >>> items()["water"].need / items()["water"].content, items()["water"].packs["箱"]
    (6.0, 24)
    """
    found = {}
    for name, row in rules()["item"].items():
        found[name] = Item(
            name, row["chinese"], row["english"], tuple(row["words"]), row["unit"], MappingProxyType(row["packs"]),
            row["measure"], row["content"], Use(row["use"]), row["need"],
            MappingProxyType({Vulnerability(k): v for k, v in row.get("groups", {}).items()}),
            frozenset(map(Vulnerability, row.get("only", ()))), row.get("grave_hours", 0.0), row["source"], row["status"],
        )  # fmt: skip
    return MappingProxyType(found)


def item_of(said: str) -> str:
    """Id of the item that somebody means; the name itself, as it was written, for goods that the list does not know.

    The running number of a handing-out (``盒饭/2``) does not count.

    Examples
    --------
    >>> item_of("盒饭/2"), item_of("water"), item_of("农夫山泉矿泉水"), item_of("发电机")
    ('food', 'water', 'water', '发电机')
    """
    bare = (
        normalize("NFKC", said).strip().rsplit("/", 1)[0]
        if _numbered(said)
        else normalize("NFKC", said).strip()
    )
    for item in items().values():
        if bare in (item.id, item.chinese, item.english, *item.words):
            return item.id
    # one character stands in many names: 水 alone is water, a 水泵 is a pump
    heard = [(len(w), item.id) for item in items().values() for w in item.words if len(w) > 1 and w in bare]
    return max(heard)[1] if heard else bare


def _numbered(said: str) -> bool:
    return "/" in said and said.rsplit("/", 1)[1].strip().isdecimal()


def units_of(quantity: float, unit: str, item: str, pack: str = "") -> int:
    """How many units of stock so many packs are.

    Parameters
    ----------
    quantity : float
        As written.
    unit : str
        箱, 件, 瓶 ...; empty for the item's own unit.
    pack : str
        What the list says of its packs: ``20瓶/箱``, or a number of units.

    Raises
    ------
    ValueError
        An unknown pack, or no whole number of units; with words.

    Examples
    --------
    >>> units_of(3, "箱", "water"), units_of(3, "箱", "water", "20瓶/箱"), units_of(5, "", "water")
    (72, 60, 5)
    """
    known = items().get(item)
    written = normalize("NFKC", unit).strip()
    told = normalize("NFKC", pack).strip()
    factor = _told_pack(told, known, written) if told else None
    if factor is None:
        if known is None or not written:
            factor = 1
        elif written in known.packs:
            factor = known.packs[written]
        else:
            raise ValueError(f"单位 {unit!r}: {', '.join(known.packs)}, or say 规格 (24{known.unit}/{unit})")
    units = quantity * factor
    if not math.isfinite(units) or quantity < 0 or units != int(units) or units > 2**31 - 1:
        raise ValueError(
            f"数量 {quantity:g} {unit}: a whole number of {known.unit if known else '件'}, 0 or more"
        )
    return int(units)


def _told_pack(told: str, known: Item | None, written: str) -> int | None:
    """Units in a pack as a list says; None where what it says is of another pack."""
    if told.isdecimal():
        return int(told)
    found = _PACK.fullmatch(told)
    if not found or int(found[1]) < 1:
        raise ValueError(f"规格 {told!r}: 24瓶/箱, or the number of units in a pack")
    if known is not None and found[2] != known.unit and known.packs.get(found[2]) != 1:
        raise ValueError(f"规格 {told!r}: in {known.unit}")
    return int(found[1]) if found[3] == written else None
