"""QR codes of documents: what they state is read offline."""

from __future__ import annotations

import re
import struct
import zlib
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from riskmap.errors import MissingExtraError

DARK: Final = re.compile(rb"\x01+")
"""Dark modules of a row, one run each."""

QUIET: Final = 4
"""Quiet zone [modules], ISO/IEC 18004."""

SCALE: Final = 4
"""Pixels a module of a PNG."""


@lru_cache(maxsize=8)
def _code(text: str) -> Any:
    try:
        import segno
    except ImportError as error:
        raise MissingExtraError(
            "segno is not installed",
            where="letters",
            expected="the extra `letters`",
            remedy="pip install 'riskmap[letters]'",
        ) from error
    # a digest looks random: searching the best of eight masks would take 9 ms a code and change nothing
    return segno.make(text, error="m", boost_error=False, micro=False, mask=2)


def qr_svg(text: str) -> str:
    """A QR code, level M, as SVG with its quiet zone.

    Raises
    ------
    MissingExtraError
        The extra ``letters`` is not installed.
    """
    rows = _code(text).matrix
    size = len(rows) + 2 * QUIET
    lines = "".join(
        f"M{dark.start() + QUIET} {y + QUIET}.5h{dark.end() - dark.start()}"
        for y, row in enumerate(rows)
        for dark in DARK.finditer(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}">'
        f'<rect width="{size}" height="{size}" fill="#fff"/><path stroke="#000" d="{lines}"/></svg>'
    )


def qr_png(text: str) -> bytes:
    """The same as PNG, ``SCALE`` pixels a module.

    Raises
    ------
    MissingExtraError
        The extra ``letters`` is not installed.
    """
    dark = np.array([list(row) for row in _code(text).matrix], dtype=bool)
    return modules_png(np.pad(dark, QUIET).repeat(SCALE, axis=0).repeat(SCALE, axis=1))


def modules_png(dark: npt.NDArray[np.bool_], *, effort: int = 9) -> bytes:
    """Dark and light pixels as a PNG of one bit each; the same pixels give the same bytes.

    Parameters
    ----------
    dark : array of bool (y, x)
    effort : int
        Of packing, 1 to 9.

    Examples
    --------
    >>> picture = modules_png(np.eye(21, dtype=bool))
    >>> int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])  # width and height
    (21, 21)
    """
    lines = b"".join(b"\0" + row.tobytes() for row in np.packbits(~dark, axis=1))
    height, width = dark.shape
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, effort)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
