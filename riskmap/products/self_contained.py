"""The law of every page: it opens on a closed network, so it may load nothing.

``require_self_contained`` reads a finished page as a browser would, tag by tag, and raises at the first thing
that would be loaded. What is only shown or only named is no alarm: text, data blocks, XML name spaces.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html.parser import HTMLParser
from typing import Final

from riskmap.errors import RiskmapError

_LOADING: Final = frozenset(
    ("src", "srcset", "poster", "data", "background", "code", "archive", "manifest", "imagesrcset", "lowsrc", "xlink:href")
)  # fmt: skip
"""Attributes that load what they name as soon as the page opens."""

_LEADING: Final = frozenset(("href", "action", "formaction", "ping"))
"""Attributes that lead elsewhere on a click: to a neighbouring file is right, to the internet is not."""

_HREF_LOADS: Final = frozenset(("link", "image", "use", "base"))
_FRAMES: Final = frozenset(("iframe", "frame", "embed", "object"))
_OWN: Final = re.compile(r"\s*(?:data:|blob:|about:|javascript:|mailto:|tel:|#|$)", re.I)
_OUTSIDE: Final = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|//|\\\\|/\\)", re.I)
_STYLE_LOADS: Final = re.compile(r"""url\(\s*["']?([^"')]*)|@import\s+["']([^"']*)""", re.I)
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.S)
_DATA_SCRIPT: Final = re.compile(
    r"^\s*(?:application/(?:[\w.+-]*\+)?json|text/plain|text/template)\s*$", re.I
)
_NAMESPACE: Final = re.compile(r"https?://www\.w3\.org/", re.I)

# in a script: a string that starts with an outside address, a tag or style inside a string that loads one
_SCRIPT_STRING: Final = re.compile(
    r"""["'`]\s*((?:https?|wss?|ftp):\\?/\\?/[^"'`\s]*|//[\w-]+(?:\.[\w-]+)+[/"'`:?][^"'`\s]*)""", re.I
)
_SCRIPT_MARKUP: Final = re.compile(
    r"""(?:(?:src|srcset|href|action|poster|data)\s*=\s*\\?["']?|url\(\s*\\?["']?)\s*((?:https?:)?//[\w-]+\.[^\s"'`)>]*)""", re.I
)  # fmt: skip
_SCRIPT_IMPORT: Final = re.compile(
    r"""\b(?:import\s*\(|importScripts\s*\(|import\s+["']|from\s+["'](?=[./\w]*\.m?js))"""
)
_MARKER: Final = re.compile(r"\bL\.marker\(")
_MARKER_MENDED: Final = "L.Icon.Default.imagePath"


class OutsideReferenceError(RiskmapError):
    """A page would load something from outside itself."""


def require_self_contained(html: str, *, page: str = "page") -> None:
    """Refuse a page that would load anything.

    Raised for: an address with a scheme or ``//`` in ``src``, ``href`` and their kin, in ``url()`` and
    ``@import`` of styles, in ``<meta refresh>``, in a string of a script; a second file beside the page that
    is loaded (a relative ``src`` or ``url()``); a module import; a Leaflet marker without an icon, since the
    default icon is a picture file. Links and frames may lead to files beside the page.

    Parameters
    ----------
    html : str
        The finished page.
    page : str
        Name for the message.

    Raises
    ------
    OutsideReferenceError
        Names line, tag and address.

    Examples
    --------
    >>> require_self_contained('<a href="letters/330902.pdf">letter</a><svg xmlns="http://www.w3.org/2000/svg"/>')
    >>> require_self_contained('<script src="https://cdn.example.org/a.js"></script>')
    Traceback (most recent call last):
    riskmap.products.self_contained.OutsideReferenceError: page, line 1, <script src>: the page would load something
    from outside itself; expected everything inside the page; found https://cdn.example.org/a.js...
    """
    reader = _Reader(page)
    reader.feed(html)
    reader.close()


class _Reader(HTMLParser):
    """Walks the page and raises at the first reference that leaves it."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self._page = page
        self._inside = ""
        self._content: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        for name, value in found.items():
            self._attribute(tag, name, value)
        if tag == "meta" and found.get("http-equiv", "").lower() == "refresh":
            self._refuse_outside("<meta refresh>", found.get("content", "").partition("=")[2])
        if tag == "script":
            self._inside = "" if _DATA_SCRIPT.match(found.get("type", "")) else "script"
            if found.get("type", "").lower() == "module":
                self._refuse("<script type=module>", "module")
        elif tag == "style":
            self._inside = "style"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._inside = ""

    def handle_endtag(self, tag: str) -> None:
        if tag != self._inside:
            return
        content, self._content, self._inside = "".join(self._content), [], ""
        if tag == "style":
            self._style("<style>", content)
        else:
            self._script("<script>", content)

    def handle_data(self, data: str) -> None:
        if self._inside:
            self._content.append(data)

    def close(self) -> None:
        rest = self.rawdata
        super().close()
        if self._inside:  # a tag left open at the end of the page
            self._content.append(rest)
            self.handle_endtag(self._inside)

    def _attribute(self, tag: str, name: str, value: str) -> None:
        where = f"<{tag} {name}>"
        if name == "style":
            self._style(where, value)
        elif name == "srcdoc":
            inner = _Reader(f"{self._page}, {where}")
            inner.feed(value)
            inner.close()
        elif name.startswith("on"):
            self._script(where, value)
        elif name in (_LOADING if tag in _FRAMES else _LEADING) and tag not in _HREF_LOADS:
            self._refuse_outside(where, value)
        elif name in _LOADING or name in _LEADING:
            for part in value.split(",") if name.endswith("srcset") and "data:" not in value else [value]:
                self._refuse_any(where, part)

    def _style(self, where: str, text: str) -> None:
        for match in _STYLE_LOADS.finditer(_COMMENT.sub("", text)):
            self._refuse_any(where, match[1] if match[1] is not None else match[2])

    def _script(self, where: str, text: str) -> None:
        if fault := _fault(text):
            self._refuse(where, fault)

    def _refuse_outside(self, where: str, address: str) -> None:
        if _OUTSIDE.match(address) and not _OWN.match(address):
            self._refuse(where, address)

    def _refuse_any(self, where: str, address: str) -> None:
        if not _OWN.match(address):
            self._refuse(where, address)

    def _refuse(self, where: str, address: str) -> None:
        raise OutsideReferenceError(
            "the page would load something from outside itself",
            where=f"{self._page}, line {self.getpos()[0]}, {where}",
            expected="everything inside the page",
            found=address.strip()[:200],
            remedy="inline it as text or as a data: address",
        )


@lru_cache(maxsize=16)
def _fault(text: str) -> str:
    """What a script would load, empty where nothing; every map of a run has the same scripts."""
    for pattern in (_SCRIPT_STRING, _SCRIPT_MARKUP):
        for match in pattern.finditer(text):
            if not _NAMESPACE.match(match[1]):
                return match[1]
    if found := _SCRIPT_IMPORT.search(text):
        return text[found.start() : found.start() + 60]
    if _MARKER_MENDED in text:
        return ""
    for match in _MARKER.finditer(text):
        call = text[match.start() : match.start() + 2000].partition(";")[0]
        if "icon" not in call:
            return f"{call[:60]} (Leaflet's default marker is a picture file)"
    return ""
