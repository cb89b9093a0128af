"""The form of an official document (GB/T 9704) around any content: letters, and reports that are no letters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from riskmap.products.typeset import FontSet


def official_pdf(
    content: Mapping[str, Any], *, created_at: datetime, fonts: FontSet | None = None, template: str = ""
) -> bytes:
    """A document as PDF/A.

    Parameters
    ----------
    content : mapping
        As ``letter_text.letter_content`` makes it: ``form``, ``issuer``, ``urgency``, ``number``, ``signer``, ``title``,
        ``addressee``, ``blocks``, ``watermark``, ``footer``, ``map`` (SVG) and ``qr`` (what the QR code says).
    created_at : datetime
        Written into the file.
    fonts : FontSet, optional
        A bureau's own; the bundled free ones where None.
    template : str
        Typst source of a bureau's own; page, head of the form and body where empty.

    Raises
    ------
    MissingExtraError
        The extra ``letters`` is not installed.
    ConfigError
        A font is missing, or a bureau's own template does not compile; names it.

    References
    ----------
    GB/T 9704-2012 党政机关公文格式, 5.2 (page), 7 (elements), 10.1 (letter form).
    """
    from riskmap.products.qr import qr_svg
    from riskmap.products.typeset import compile_pdf

    data = {**content, "qr": qr_svg(content["qr"]), "qr_words": content["qr"]}
    return compile_pdf(
        template or official_template(content["form"]), data, created_at=created_at, fonts=fonts
    )


@lru_cache(maxsize=3)
def official_template(form: str = "letter") -> str:
    """Typst source of a form: page, head and body."""
    folder = resources.files("riskmap.products") / "templates"
    names = ("official_page.typ", f"official_head_{form}.typ", "official_body.typ")
    return "".join((folder / name).read_text(encoding="utf-8") for name in names)
