"""The page around its data: one set of scripts, apart for a server that hands them out, inside for a copy without one."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from types import MappingProxyType
from typing import Final

SCRIPTS: Final = ("dom", "words", "map", "cards", "views", "source", "main")
"""``page/<name>.js`` in the order in which they run, as one function."""
LIVE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the live page: nothing from elsewhere, nothing inline."""


@cache
def script() -> str:
    """The page's program."""
    inflate = files("riskmap.products").joinpath("templates/map.inflate.js").read_text(encoding="utf-8")
    own = [files("evac.cockpit").joinpath(f"page/{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    return "\n".join(["(function () {", '"use strict";', inflate, *own, "})();\n"])


@cache
def style() -> str:
    """The page's style."""
    return files("evac.cockpit").joinpath("page/cockpit.css").read_text(encoding="utf-8")


def live_files() -> Mapping[str, tuple[str, bytes]]:
    """What a server hands out below ``/cockpit/``: name -> (media type, content); the page itself is ``""``."""
    page = _page(
        policy="",
        style='<link rel="stylesheet" href="cockpit.css">',
        script='<script src="cockpit.js" defer></script>',
        data="",
        links="",
    )
    return MappingProxyType(
        {
            "": ("text/html; charset=utf-8", page.encode()),
            "cockpit.css": ("text/css; charset=utf-8", style().encode()),
            "cockpit.js": ("text/javascript; charset=utf-8", script().encode()),
        }
    )


def frozen_page(blocks: str, links: Mapping[str, str]) -> str:
    """The page with everything inside, under a policy that forbids every connection.

    Parameters
    ----------
    blocks : str
        Elements that hold data.
    links : mapping
        Address of a file beside the page -> its words.
    """
    policy = (
        f"default-src 'none'; style-src '{_digest(style())}'; script-src '{_digest(script())}'; base-uri 'none'; "
        "form-action 'none'"
    )
    return _page(
        policy=f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        style=f"<style>{style()}</style>",
        script=f"<script>{script()}</script>",
        data=blocks,
        links="".join(f'<a href="{escape(to)}">{escape(words)}</a>' for to, words in links.items()),
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _page(**slots: str) -> str:
    template = files("evac.cockpit").joinpath("page/index.html").read_text(encoding="utf-8")
    before, *parts = template.split("{{")
    return before + "".join(slots[name] + rest for name, rest in (part.split("}}", 1) for part in parts))
