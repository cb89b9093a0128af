"""Which characters a font file has, by its own table (cmap)."""

from __future__ import annotations

import struct
from functools import lru_cache
from pathlib import Path
from typing import Final

_SUFFIXES: Final = (".otf", ".ttf", ".ttc", ".otc")
_SEGMENTS, _GROUPS = 4, 12  # formats of the table for the first 65,536 characters, and for all
_END: Final = ord("\uffff")  # closes the table, and is no character
_SURROGATES: Final = frozenset(range(0xD800, 0xE000))


@lru_cache(maxsize=8)
def characters_of(folders: tuple[Path, ...]) -> frozenset[int]:
    """Code points that one of the fonts in some folders has; a file that is no font has none."""
    found: set[int] = set()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in _SUFFIXES:
                try:
                    found |= _of_file(path.read_bytes())
                except (struct.error, IndexError, OSError):
                    continue
    return frozenset(found - _SURROGATES)


def _of_file(data: bytes) -> set[int]:
    """Of every font of a file; a collection has several."""
    if data[:4] == b"ttcf":
        (count,) = struct.unpack_from(">I", data, 8)
        starts = struct.unpack_from(f">{count}I", data, 12)
    else:
        starts = (0,)
    return set().union(*(_of_font(data, start) for start in starts))


def _of_font(data: bytes, start: int) -> set[int]:
    (tables,) = struct.unpack_from(">H", data, start + 4)
    found: set[int] = set()
    for n in range(tables):
        tag, _, at, _ = struct.unpack_from(">4sIII", data, start + 12 + 16 * n)
        if tag == b"cmap":
            (count,) = struct.unpack_from(">H", data, at + 2)
            for k in range(count):
                platform, _, offset = struct.unpack_from(">HHI", data, at + 4 + 8 * k)
                if platform in (0, 3):  # Unicode
                    found |= _of_table(data, at + offset)
    return found


def _of_table(data: bytes, at: int) -> set[int]:
    """Characters of one table; formats that no font of today uses alone count for nothing."""
    (form,) = struct.unpack_from(">H", data, at)
    if form == _GROUPS:
        (count,) = struct.unpack_from(">I", data, at + 12)
        groups = struct.iter_unpack(">III", data[at + 16 : at + 16 + 12 * count])
        return {c for first, last, _ in groups for c in range(first, min(last, 0x10FFFF) + 1)}
    if form != _SEGMENTS:
        return set()
    (twice,) = struct.unpack_from(">H", data, at + 6)
    count = twice // 2
    ends = struct.unpack_from(f">{count}H", data, at + 14)
    starts = struct.unpack_from(f">{count}H", data, at + 16 + twice)
    pairs = zip(starts, ends, strict=True)
    return {c for first, last in pairs for c in range(first, last + 1) if c != _END}
