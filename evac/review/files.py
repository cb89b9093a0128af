"""The review as files: the whole of it as JSON, and the report as an official reads it, PDF and DOCX."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from evac.review.paper import content
from riskmap.errors import MissingExtraError

FILES: Final = ("review.json", "review.pdf", "review.docx")


def review_files(
    told: Mapping[str, Any], *, issuer: str
) -> tuple[dict[str, str | bytes], dict[str, MissingExtraError]]:
    """Name -> content of every file of a review, and what had to be left out for want of an extra.

    Parameters
    ----------
    told : mapping
        From ``evac.review.account.review_event``.
    issuer : str
        The office that reviews.
    """
    from riskmap.products.docx import official_docx
    from riskmap.products.official import official_pdf

    paper = content(told, issuer=issuer)
    made: dict[str, str | bytes] = {FILES[0]: json.dumps(told, ensure_ascii=False, indent=1) + "\n"}
    left_out: dict[str, MissingExtraError] = {}
    at = datetime.fromisoformat(told["as_of"])
    for name in FILES[1:]:
        try:
            made[name] = (
                official_pdf(paper, created_at=at)
                if name.endswith(".pdf")
                else official_docx(paper, created_at=at)
            )
        except MissingExtraError as error:
            left_out[name] = error
    return made, left_out
