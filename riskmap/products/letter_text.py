"""What a page of an official document shows: its head, the sections of its type, signature, copies, sources, QR code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from riskmap.outlook import BEIJING
from riskmap.products.documents.types import fill
from riskmap.products.letter_blocks import BLOCK_MAKERS, sources_of
from riskmap.products.letter_facts import DRAFT, EXERCISE, date, facts, joined_offices
from riskmap.products.letter_fields import Letter, SignOff, full_number
from riskmap.products.letter_words import BLANK, full_width
from riskmap.scale import DISCLAIMER

WATERMARK: Final = f"{EXERCISE} · {DRAFT}"
_STATUS: Final = {"S": "已见出处", "M": "待核", "D": "建议"}
_NUMERALS: Final = "一二三四五六七八九十"


def letter_content(letter: Letter, sign_off: SignOff | None = None) -> dict[str, Any]:
    """All that a page shows, as JSON-ready values.

    Parameters
    ----------
    letter : Letter
        The fields.
    sign_off : SignOff, optional
        None for a draft, which has no number.

    Returns
    -------
    dict
        ``form``, ``issuer``, ``urgency``, ``number``, ``signer``, ``title``, ``addressee``, ``blocks``, ``watermark``,
        ``footer``, ``map`` (SVG) and ``qr`` (what the QR code says).
    """
    marks = " · ".join(chinese for chinese, _ in letter.marks)
    return {
        "form": letter.document.form,
        "issuer": full_width(letter.issuer),
        "urgency": letter.urgency,
        "number": number_words(letter, sign_off),
        "signer": sign_off.signer if sign_off else BLANK,
        "title": letter.title,
        "addressee": f"{letter.addressee}：",
        "blocks": [_set(block) for block in _blocks(letter, sign_off)],
        "watermark": watermark(letter, sign_off),
        "footer": " · ".join(filter(None, (DISCLAIMER[0], marks, f"摘要 {letter.short_digest}"))),
        "map": letter.map_svg,
        "qr": qr_text(letter, sign_off),
    }


def watermark(letter: Letter, sign_off: SignOff | None) -> str:
    """演练 on every page of an exercise, 草稿 on every draft; a signed real document has none."""
    return " · ".join(
        word for word, wanted in ((EXERCISE, letter.exercise), (DRAFT, sign_off is None)) if wanted
    )


def number_words(letter: Letter, sign_off: SignOff | None) -> str:
    """发文字号; a draft has a series, a year and a blank, since sign-off allots the number."""
    if sign_off is None:
        return f"{letter.series}〔{letter.issued_at.astimezone(BEIJING).year}〕　号（签发时编号）"
    return full_number(letter.series, sign_off.signed_at.astimezone(BEIJING).year, sign_off.number)


def qr_text(letter: Letter, sign_off: SignOff | None = None) -> str:
    """What the QR code says: type, region, year and number (or DRAFT), and the whole digest; capitals, as QR codes pack them.

    It states the digest and opens nothing: a county's network has no outside to open.
    """
    number = "DRAFT"
    if sign_off is not None:
        number = f"{sign_off.signed_at.astimezone(BEIJING).year}-{sign_off.number}"
    kind = letter.document.id.replace("_", "-")
    return f"RISKMAP/1 {kind} {letter.code} {number} SHA256:{letter.digest}".upper()


def _blocks(letter: Letter, sign_off: SignOff | None) -> Iterator[dict[str, Any]]:
    sources = sources_of(letter)
    shown = {name: words or BLANK for name, words in facts(letter).items()}
    number = 0
    for section in letter.document.sections:
        if section.heading:
            number += 1
            yield {"kind": "heading", "text": f"{numeral(number)}、{fill(section.heading, shown)}"}
        for words in section.text:
            yield {"kind": "text", "text": fill(words, shown)}
        for name in section.blocks:
            yield from BLOCK_MAKERS[name](letter, sources, sign_off)
    if letter.document.closing:
        yield {"kind": "text", "text": fill(letter.document.closing, shown)}
    if letter.annexes:
        yield {"kind": "annexes", "items": [f"{n}．{name}" for n, name in enumerate(letter.annexes, 1)]}
    yield _signature(letter, sign_off)
    yield {
        "kind": "copies",
        "ruled": letter.document.form != "letter",
        "text": f"抄送：{joined_offices(letter.copies)}。" if letter.copies else "",
        "issuer": letter.issuer,
        "printed": f"{date(sign_off.signed_at)}印发" if sign_off else f"（{DRAFT}，未印发）",
    }
    yield {
        "kind": "notes",
        "title": "出处(阈值与措施)" if sources else "",
        "items": [
            *(f"{mark} {source}({_STATUS[status]})" for (source, status), mark in sources.items()),
            f"文种:{letter.document.chinese};发文权限:{letter.document.issued_by};"
            f"格式与栏目依据:{letter.document.source}({_STATUS[letter.document.status]})",
            "二维码载明文种、地区、文号和全文摘要(SHA-256),不联网。",
        ],
    }


def _signature(letter: Letter, sign_off: SignOff | None) -> dict[str, Any]:
    signer = sign_off.signer if sign_off else BLANK
    return {
        "kind": "signature",
        "issuer": letter.issuer,
        "date": date(sign_off.signed_at if sign_off else letter.issued_at),
        "seal": "(印章位置)" if sign_off else "(印章位置,签发后用印)",
        "lines": [f"签发人：{signer}　联系人：{BLANK}　电话：{BLANK}"],
    }


def numeral(number: int) -> str:
    """一 to 十, then 十一 ..."""
    return _NUMERALS[number - 1] if number <= 10 else "十" + _NUMERALS[number - 11]


def _set(block: dict[str, Any]) -> dict[str, Any]:
    """Words with Chinese punctuation; a table keeps its narrow form."""
    if block["kind"] == "table":
        return block
    if block["kind"] == "form":
        return block | {"rows": [[full_width(words) for words in row] for row in block["rows"]]}
    turn: dict[str, Any] = {}
    for key, value in block.items():
        turn[key] = (
            [full_width(v) for v in value]
            if isinstance(value, list)
            else value
            if isinstance(value, bool)
            else full_width(value)
        )
    return turn | {"kind": block["kind"]}
