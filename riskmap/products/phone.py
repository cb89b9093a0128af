"""One county on a phone: a long picture and a text of at most 200 characters.

Chat applications open neither an HTML page nor a folder: what a county officer gets there is a picture and a message.
Both say the tier, why, when, what to do, by when to answer, that it is an exercise, and that it is no warning signal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from riskmap.blocks import threads
from riskmap.errors import MissingExtraError
from riskmap.outlook import beijing, brief_mark
from riskmap.products.letter_fields import Finding, Letter
from riskmap.products.letter_text import WATERMARK
from riskmap.products.letter_words import full_width, people, quantity, short
from riskmap.products.measures import ANY_HAZARD, bundled_measures
from riskmap.scale import DISCLAIMER, NO_DATA_COLOUR, NO_DATA_WORDS, Tier, hazard_words

if TYPE_CHECKING:
    from riskmap.io.publish import Staging
    from riskmap.ledger import Ledger
    from riskmap.products.typeset import FontSet

MOST_CHARACTERS: Final = 200
"""Of the text: it is read in the list of chats and copied on."""

PIXELS_AN_INCH: Final = 216.0
"""The page is 5 inches wide: 1080 pixels, the width of a phone."""

TEXT: Final = "短信"
PICTURE: Final = "手机图"
"""Labels of the links."""

MOST_REASONS: Final = 3
MOST_MEASURES: Final = 5

_TRENDS: Final = {
    "rising": "趋势 上升 ↑",
    "falling": "趋势 下降 ↓",
    "rise_and_fall": "趋势 先升后降",
    "steady": "趋势 平稳",
}
_DARK: Final = (Tier.RED, Tier.BLUE)
"""Tiers whose colour wants white letters."""


def phone_text(letter: Letter) -> str:
    """The county's message, at most ``MOST_CHARACTERS`` characters.

    Parameters
    ----------
    letter : Letter
        Draft to one county; see ``riskmap.products.letter.draft_letter``.

    Returns
    -------
    str
        One paragraph. Measures are given as far as there is room for whole clauses; all else is always said.
    """
    findings = _worst(letter)
    issued = short(letter.issued_at)
    # what an input lacks in detail stands in the letter: here there is room for what people must do
    marks = "·".join(dict.fromkeys(("演练", *(brief_mark(chinese) for chinese, _ in letter.marks))))
    head = f"【{marks}】{letter.name}台风“{letter.event_chinese}”综合风险{_level(letter.tier)}({issued}起报)"
    why = f"主因{hazard_words(findings[0].hazard)[0]}:{_words(findings[0])}" if findings else ""
    when = ",".join(f"{label}{at}" for label, at in _when(letter))
    tail = full_width(f"{_feedback(letter)}。") + f"{DISCLAIMER[0]}。"
    when += "(等级沿用,待确认)" if letter.held else ""
    room = MOST_CHARACTERS - len(tail) - len(head) - len(when) - 3
    if len(why) > room:  # the name of an asset may be any length
        why = why[: max(0, room - 1)] + "…"
    fixed = "".join(f"{part}。" for part in (head, why, when) if part)
    return full_width(fixed + _clauses(letter, MOST_CHARACTERS - len(fixed) - len(tail))) + tail


def phone_png(letter: Letter, *, fonts: FontSet | None = None) -> bytes:
    """The county's long picture, 1080 pixels wide.

    Parameters
    ----------
    letter : Letter
        Draft to one county, its map included.
    fonts : FontSet, optional
        The bundled fonts where None.

    Returns
    -------
    bytes
        PNG; the same letter gives the same bytes.

    Raises
    ------
    MissingExtraError, ConfigError
        As in ``riskmap.products.typeset.compile_png``.
    """
    from riskmap.products.typeset import compile_png

    pages = compile_png(
        template(), phone_content(letter), created_at=letter.issued_at, fonts=fonts, ppi=PIXELS_AN_INCH
    )
    return pages[0]


def phone_content(letter: Letter) -> dict[str, Any]:
    """What the picture shows, ready for JSON.

    Parameters
    ----------
    letter : Letter
    """
    marks = " · ".join(chinese for chinese, _ in letter.marks)
    return {
        "title": letter.title,
        "marks": " · ".join(filter(None, (WATERMARK, marks))),
        "event": f"台风“{letter.event_chinese}”({letter.event_number}) · 起报 {beijing(letter.issued_at)} 北京时间",
        "name": letter.name,
        "city": letter.city_name,
        "code": letter.code,
        "tier": _level(letter.tier),
        "colour": NO_DATA_COLOUR if letter.tier is None else letter.tier.colour,
        "dark": letter.tier in _DARK,
        "trend": _TRENDS.get(letter.trend, ""),
        "when": _when(letter),
        "why": [
            {
                "number": str(int(finding.tier)),
                "colour": finding.tier.colour,
                "dark": finding.tier in _DARK,
                "hazard": hazard_words(finding.hazard)[0],
                "words": full_width(_words(finding) + _crowd(finding)),
            }
            for finding in _worst(letter)[:MOST_REASONS]
        ],
        "measures": [full_width(text) for text in _measures(letter)[:MOST_MEASURES]],
        "feedback": full_width(f"{_feedback(letter)}。"),
        "held": full_width(letter.held),
        "map": letter.map_svg,
        "disclaimer": DISCLAIMER[0],
        "notes": full_width(
            " · ".join((letter.rain_note, "全文见风险告知函", f"摘要 {letter.short_digest}"))
        ),
    }


def _worst(letter: Letter) -> list[Finding]:
    """Findings at blue or above, worst first."""
    return sorted((f for f in letter.findings if f.tier > Tier.GREEN), key=lambda f: -f.tier)


def _level(tier: Tier | None) -> str:
    """Colour, number and risk word, never 一级: that is a warning's word.

    Examples
    --------
    >>> _level(Tier.RED), _level(None)
    ('红4·高', '无数据')
    """
    if tier is None:
        return NO_DATA_WORDS[0]
    return f"{tier.chinese}{int(tier)}·{tier.risk_words}"


def _words(finding: Finding) -> str:
    """Driving metric, value and the bound that it met; whose, where an asset decides."""
    value = quantity(finding.value, finding.units)
    bound = "" if finding.threshold is None else f"≥{quantity(finding.threshold, finding.units)}"
    asset = f"{finding.asset} " if finding.asset else ""
    least = "" if finding.complete else "(部分无数据,至少)"
    return f"{asset}{finding.metric}{value}{bound}{least}"


def _crowd(finding: Finding) -> str:
    return f",涉及{people(finding.people)}(估)" if finding.people else ""


def _when(letter: Letter) -> list[tuple[str, str]]:
    """Labels and Beijing times: when it begins, is worst, and ends."""
    found = []
    if letter.onset_at is not None:
        found.append(("橙色以上自", short(letter.onset_at)))
    if _worst(letter):
        found.append(("最重", short(_worst(letter)[0].peak_at)))
    if letter.ends_at is not None:
        later = letter.ends_at >= letter.valid_until
        found.append(("至", f"{short(letter.ends_at)}{'以后' if later else ''}"))
    return found


def _feedback(letter: Letter) -> str:
    return f"收到后{letter.answer_minutes}分钟内叫应,{letter.feedback_minutes}分钟内首次反馈"


def _measures(letter: Letter) -> list[str]:
    """Texts of the measures, those against the worst hazard first; a bureau's own ones keep their place behind them."""
    hazard_of = {measure.text: measure.hazard for measure in bundled_measures()}
    tier_of = {finding.hazard: finding.tier for finding in letter.findings}
    texts = [measure.text for measure in letter.measures]
    return sorted(texts, key=lambda text: -tier_of.get(hazard_of.get(text, ANY_HAZARD), Tier.GREEN))


def _clauses(letter: Letter, room: int) -> str:
    """As many whole clauses of the measures as fit into ``room`` characters, in their order."""
    said = ""
    for text in _measures(letter):
        for clause in re.split("[;;。]", text):
            more = f"{said}{';' if said else '请'}{clause}"
            if clause and len(more) + 1 > room:
                return f"{said}。" if said else ""
            said = more if clause else said
    return f"{said}。" if said else ""


def write_cards(
    staging: Staging,
    letters: Sequence[Letter],
    ledger: Ledger,
    *,
    most: int | None,
    fonts: FontSet | None = None,
) -> dict[str, dict[str, str]]:
    """Write ``phone/CODE.txt`` and ``phone/CODE.png`` of every county that gets a letter.

    Parameters
    ----------
    staging : Staging
        Folder under construction.
    letters : sequence of Letter
        Drafts; those to cities are passed over.
    ledger : Ledger
        Takes what had to be left out.
    most : int, optional
        So many pictures at most, worst counties first; all where None. The texts are always written.
    fonts : FontSet, optional

    Returns
    -------
    dict
        Region code -> label -> path.
    """
    counties = sorted(
        (x for x in letters if x.level == "county"), key=lambda x: (0 if x.tier is None else -x.tier, x.code)
    )
    links: dict[str, dict[str, str]] = {}
    with ThreadPoolExecutor(threads(), thread_name_prefix="riskmap-phone") as pool:
        drawn = [pool.submit(phone_png, letter, fonts=fonts) for letter in counties[:most]]
        for n, letter in enumerate(counties):
            makers: dict[str, tuple[str, Callable[[], str | bytes]]] = {
                TEXT: ("txt", partial(phone_text, letter))
            }
            if n < len(drawn):
                makers[PICTURE] = ("png", drawn[n].result)
            for label, (ending, make) in makers.items():
                try:
                    content = make()
                except Exception as error:
                    # one bad county never stops the others
                    ledger.missed(f"phone {letter.code} ({ending})", error)
                    if isinstance(error, MissingExtraError):
                        del drawn[n + 1 :]  # it is missing for all, and said once
                    continue
                path = f"phone/{letter.code}.{ending}"
                staging.write(path, content)
                links.setdefault(letter.code, {})[label] = path
    return links


@lru_cache(maxsize=1)
def template() -> str:
    """Typst source of the picture."""
    return resources.files("riskmap.products").joinpath("templates/phone.typ").read_text(encoding="utf-8")
