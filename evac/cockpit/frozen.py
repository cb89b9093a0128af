"""The static copy: every screen as a block of the page, deflated each by itself, so that one is undone and not all."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from html import escape
from typing import Any

from evac.cockpit.shell import frozen_page
from riskmap.products.self_contained import require_self_contained


def build_copy(
    screens: Mapping[str, str],
    outlines: Mapping[str, Mapping[str, Any]],
    *,
    home: str,
    links: Mapping[str, str] | None = None,
) -> str:
    """A page that opens without a network and holds all screens.

    Parameters
    ----------
    screens : mapping
        Code -> JSON text of ``evac.situation``.
    outlines : mapping
        Code -> ``evac.situation.outlines.outlines``; a screen without one shows tiles or a list.
    home : str
        Code of the screen that opens first.
    links : mapping
        Address of a file beside the page -> its words.

    Raises
    ------
    OutsideReferenceError
        The page would load something from outside itself.
    """
    blocks = [
        f'<script type="application/json" id="frozen">{_inline({"home": home})}</script>',
        *(_block(f"screen-{code}", text) for code, text in sorted(screens.items())),
        *(_block(f"outlines-{code}", _compact(drawn)) for code, drawn in sorted(outlines.items())),
    ]
    page = frozen_page("\n".join(blocks), links or {})
    require_self_contained(page, page="cockpit")
    return page


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _inline(value: Any) -> str:
    return _compact(value).replace("<", "\\u003c")


def _block(identity: str, text: str) -> str:
    raw = text.encode()
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    content = base64.b64encode(squeezer.compress(raw) + squeezer.flush()).decode("ascii")
    return f'<script type="text/plain" id="{escape(identity)}" data-size="{len(raw)}">{content}</script>'
