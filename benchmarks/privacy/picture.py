"""``papers.png``: the witness sheet of a log (见证单) and the certificate of a destruction (销毁证明), with invented content.

``python -m benchmarks.privacy.picture``
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pypdfium2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from benchmarks.harness import ROOT
from evac.log import GENESIS, Head
from evac.privacy.certificate import Certificate, digest_of_text, print_certificate, print_witness
from evac.witness import sign_head

PATH = ROOT / "docs" / "images" / "papers.png"
WIDTH, GAP = 620, 24
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
AT = datetime(2021, 7, 25, 12, tzinfo=UTC)


def page(pdf: bytes) -> Image.Image:
    """The first page of a PDF, ``WIDTH`` pixels wide."""
    first = pypdfium2.PdfDocument(io.BytesIO(pdf))[0]
    return first.render(scale=WIDTH / first.get_width()).to_pil()


def picture() -> Image.Image:
    """Both papers side by side on grey."""
    head = Head(113_404, GENESIS)
    signed = sign_head(head, KEY, event="2106", node="330902-S1", at=AT)
    certificate = Certificate(
        event="2106", node="330902-S1", by="某某(演练)", why="应急响应结束", at=AT + timedelta(days=30),
        done_at=AT + timedelta(days=30, minutes=2), people=22_648, events=113_404, standings=22_648, head=head,
        keys=("330902-S1.key",), statistics=digest_of_text("演练"), exercise=True,
    )  # fmt: skip
    pages = [
        page(print_witness(signed, head, event="2106", node="330902-S1", at=AT, exercise=True)),
        page(print_certificate(certificate, KEY)),
    ]
    whole = Image.new("L", (2 * WIDTH + 3 * GAP, max(p.height for p in pages) + 2 * GAP), 225)
    for n, one in enumerate(pages):
        whole.paste(one.convert("L"), (GAP + n * (WIDTH + GAP), GAP))
    return whole.quantize(16)


if __name__ == "__main__":
    picture().save(PATH, optimize=True)
    print(PATH)
