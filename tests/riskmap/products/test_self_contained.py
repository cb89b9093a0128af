"""What a page on a closed network may hold, and what it may not."""

from __future__ import annotations

import pytest

from riskmap.products.self_contained import OutsideReferenceError, require_self_contained

ALLOWED = [
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><use href="#a"/></svg>',
    '<a href="letters/330902/letter.pdf">x</a><iframe src="map.html"></iframe><a href="#top">y</a>',
    '<img src="data:image/png;base64,//8AAA=="><p>see https://example.org/ for more</p>',
    "<style>/* https://example.org */ a { background: url(data:image/png;base64,AA) }</style>",
    '<script type="application/json">{"source": "https://example.org/standard", "d": "//a.b/c"}</script>',
    '<script>/* see https://example.org */ var x = document.createElementNS("http://www.w3.org/2000/svg", "g");</script>',
    "<script>var d = 'AA//8A'; if (a //b.c/ comment\n) { L.marker([1, 2], {icon: i}); }</script>",
    '<script>L.Icon.Default.imagePath="";</script><script>L.Icon.Default.imagePath=""; L.marker([0, 0]).addTo(m);</script>',
    '<a href="mailto:duty@example.org">x</a><a href="tel:+8657100000000">y</a>',
    '<img srcset="data:image/png;base64,AA== 1x">',
]

REFUSED = [
    '<script src="https://cdn.example.org/leaflet.js"></script>',
    '<script src="leaflet.js"></script>',
    '<link rel="stylesheet" href="//cdn.example.org/a.css">',
    '<link rel="icon" href="favicon.ico">',
    '<img src="HTTP://example.org/a.png">',
    '<img src="images/marker-icon.png">',
    '<img srcset="a.png 1x, b.png 2x">',
    '<a href="https://example.org">x</a>',
    '<a href="//example.org">x</a>',
    '<a href="\\\\server\\share">x</a>',
    '<iframe src="https://example.org"></iframe>',
    '<form action="https://example.org/post"></form>',
    "<style>@import 'https://example.org/a.css';</style>",
    "<style>a { background: url(images/layers.png) }</style>",
    "<p style=\"background: url('//example.org/a.png')\"></p>",
    '<svg><image href="https://example.org/a.png"/></svg>',
    '<meta http-equiv="refresh" content="0; url=https://example.org">',
    '<script>fetch("https://example.org/api")</script>',
    "<script>L.tileLayer('https://{s}.tile.example.org/{z}/{x}/{y}.png').addTo(m)</script>",
    '<script>var s = new WebSocket("wss://example.org");</script>',
    "<script>e.innerHTML = '<img src=\"https://example.org/a.png\">';</script>",
    "<script>e.style.background = 'red url(//example.org/a.png)';</script>",
    '<script>import("./a.js")</script>',
    '<script type="module">let x = 1;</script>',
    "<script>L.marker([30, 120]).addTo(map);</script>",
    "<body onload=\"fetch('https://example.org')\"></body>",
    '<iframe srcdoc="&lt;img src=&quot;https://example.org/a.png&quot;&gt;"></iframe>',
    '<base href="https://example.org/">',
    '<script>fetch("https://example.org/left-open")',
]


@pytest.mark.parametrize("page", ALLOWED)
def test_what_loads_nothing_is_allowed(page: str) -> None:
    require_self_contained(page)


@pytest.mark.parametrize("page", REFUSED)
def test_what_loads_something_is_refused(page: str) -> None:
    with pytest.raises(OutsideReferenceError, match="from outside itself"):
        require_self_contained(page)


def test_the_message_names_page_line_and_address() -> None:
    with pytest.raises(OutsideReferenceError, match=r"report, line 3, <img src>.*https://example.org/a.png"):
        require_self_contained('<p>\n</p>\n<img src="https://example.org/a.png">', page="report")
