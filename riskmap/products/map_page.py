"""The shell of the map page: Leaflet, style and program, the same for every map; folium makes it once."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any, Final

SCRIPTS: Final = (
    "words", "inflate", "data", "tiles", "tianditu", "hatch", "layers", "labels", "storm", "panel", "details", "search", "table", "extra", "view",
    "main",
)  # fmt: skip
"""``templates/map.<name>.js`` in the order in which the page runs them."""

POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)
"""The browser itself refuses what ``require_self_contained`` may have missed."""

TIANDITU_HOSTS: Final = "https://*.tianditu.gov.cn"
"""Where pictures may come from, on a page that was asked to offer that base map, and on no other."""

_PAGE: Final = (
    '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n'
    '<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="@@policy@@">\n'
    "<title>@@title@@</title>\n{{ this.header.render(**kwargs) }}\n</head>\n<body>\n"
    "{{ this.html.render(**kwargs) }}\n<script>\n{{ this.script.render(**kwargs) }}\n</script>\n</body>\n</html>\n"
)
_MAP_ID: Final = "riskmap"


@cache
def page_shell(*, tianditu: bool = False) -> tuple[str, str, str]:
    """The page around its title and its content: what stands before, between and after the two.

    Parameters
    ----------
    tianditu : bool
        Whether the page may load the tiles of that service.
    """
    from branca.element import Element, Figure
    from folium import Map
    from folium.template import Template

    figure = Figure()
    figure._template = Template(_PAGE)
    leaflet_map: Any = Map(
        location=[29.2, 120.5], zoom_start=7, tiles=None,
        min_zoom=5, max_zoom=13, zoom_snap=0.25, zoom_delta=0.5, attribution_control=False,
    )  # fmt: skip
    leaflet_map.default_js, leaflet_map.default_css = [], []  # no CDN: Leaflet stands in the page
    leaflet_map.add_to(figure)
    leaflet_map._id = _MAP_ID  # folium draws a random id; the page must not change from run to run
    for part, texts in (
        (figure.header, (_tag("style", _leaflet_css()), _tag("style", page_text("templates/map.css")), _tag("script", _leaflet_js()))),
        (figure.html, ("@@content@@",)),
    ):  # fmt: skip
        for n, text in enumerate(texts):
            part.add_child(_verbatim(Element, text), name=f"riskmap_{n}")
    leaflet_map.render()
    start = f"startPage({leaflet_map.get_name()}, readData(document.getElementById('data')), readExtras());"
    scripts = [page_text(f"templates/map.{name}.js") for name in SCRIPTS]
    program = "\n".join(["(function () {", '"use strict";', *scripts, start, "})();"])
    figure.script.add_child(_verbatim(Element, program), name="riskmap_program")
    page = str(figure._template.render(this=figure, kwargs={}))
    policy = POLICY.replace("img-src data:", f"img-src data: {TIANDITU_HOSTS}") if tianditu else POLICY
    before, rest = page.replace("@@policy@@", policy, 1).split("@@title@@")
    between, after = rest.split("@@content@@")
    return before, between, after


def _verbatim(element: Any, text: str) -> Any:
    """An element that prints a text and never reads it as a template."""
    made = element("{{ this.text }}")
    made.text = text
    return made


def _tag(name: str, text: str) -> str:
    return f"<{name}>\n{text}</{name}>"


@cache
def page_text(name: str) -> str:
    """A text file beside this module."""
    return files("riskmap.products").joinpath(name).read_text(encoding="utf-8")


@cache
def _leaflet_js() -> str:
    """Leaflet without the link in its attribution, and with a default icon that is not a file."""
    script = page_text("vendor/leaflet/leaflet.js")
    script = re.sub(r"<a href=\"https://leafletjs\.com\"[^>]*>", "<a>", script).replace(
        "https://leafletjs.com", "leafletjs.com"
    )
    icon = (
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 25 41'%3E"
        "%3Cpath d='M12.5 41C4 27 1 19 1 12.500a11.500 11.500 0 0 1 23 0C24 19 21 27 12.500 41z' fill='%2333214d'/%3E%3C/svg%3E"
    )
    mend = (
        "L.Icon.Default.imagePath='';"
        f'L.Icon.Default.mergeOptions({{iconUrl:"{icon}",iconRetinaUrl:"{icon}",shadowUrl:"",shadowRetinaUrl:""}});'
    )
    return f"{script}\n{mend}\n"


@cache
def _leaflet_css() -> str:
    """Leaflet's style without its comments and the three pictures that it names."""
    style = re.sub(r"/\*.*?\*/", "", page_text("vendor/leaflet/leaflet.css"), flags=re.S)
    return re.sub(r"url\(images/[^)]*\)", "none", style)
