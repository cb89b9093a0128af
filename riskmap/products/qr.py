"""QR codes of documents: what they state is read offline."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from riskmap.errors import MissingExtraError

DARK: Final = re.compile(rb"\x01+")
"""Dark modules of a row, one run each."""

QUIET: Final = 4
"""Quiet zone [modules], ISO/IEC 18004."""


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
    """The same as PNG, four pixels a module.

    Raises
    ------
    MissingExtraError
        The extra ``letters`` is not installed.
    """
    import io

    held = io.BytesIO()
    _code(text).save(held, kind="png", scale=4, border=QUIET)
    return held.getvalue()
