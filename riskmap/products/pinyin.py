"""Chinese names spelt in Latin letters, so that a county is found by ``dinghai`` or ``dhq``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice, product
from typing import Final

MOST: Final = 4
"""Readings kept of one name: characters with two readings multiply."""


def spelt(names: Sequence[str]) -> list[str]:
    """Every name in pinyin without tones, whole and by initials, with blanks between.

    Parameters
    ----------
    names : sequence of str
        Latin letters and digits are kept in small letters; characters without a known reading are left out.

    Examples
    --------
    >>> spelt(["定海区", "乐清市", "No.2区"])
    ['dinghaiqu dhq', 'leqingshi lqs yueqingshi yqs', 'no2qu no2q']
    """
    return [" ".join(dict.fromkeys(_forms(name))) for name in names]


def _forms(name: str) -> Iterator[str]:
    table = _readings()
    kept = [table.get(c, (c.lower(),) if c.isascii() and c.isalnum() else ()) for c in name]
    for reading in islice(product(*(k for k in kept if k)), MOST):
        yield "".join(reading)
        yield "".join(r[0] for r in reading)


@cache
def _readings() -> dict[str, tuple[str, ...]]:
    """Character -> readings, from ``templates/pinyin.txt``."""
    found: dict[str, tuple[str, ...]] = {}
    text = files("riskmap.products").joinpath("templates/pinyin.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        reading, characters = line.split(" ")
        for character in characters:
            found[character] = (*found.get(character, ()), reading)
    return found
