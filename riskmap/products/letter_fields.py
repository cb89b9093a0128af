"""The fields of an official document, before they become words: the facts of one region, and what a person fills in."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

from riskmap.products.documents.types import DocumentType, bundled_types
from riskmap.scale import Tier

_TIMES: Final = tomllib.loads(
    (resources.files("riskmap.products") / "timers.toml").read_text(encoding="utf-8")
)
TIMERS: Final[Mapping[Tier, tuple[int, int, int]]] = MappingProxyType(
    {
        tier: (times["answer"], times["feedback"], times["repeat"])
        for tier in (Tier.RED, Tier.ORANGE, Tier.YELLOW, Tier.BLUE)
        if (times := _TIMES[tier.english])
    }
)
"""Minutes after receipt: answer, first feedback, then every; own proposal (status D) of ``timers.toml``."""


@dataclass(frozen=True)
class Finding:
    """One hazard of a letter at its own worst hour.

    Attributes
    ----------
    region, name : str
        County that drives it (the worst one, in a letter to a city).
    trend : str
        ``rising``, ``falling``, ``rise_and_fall`` or ``steady``, by tier over the window.
    value, maximum : float
        Driving metric where the area share is reached, and its largest value [units].
    threshold : float or None
        Bound that was met [units].
    threshold_source, threshold_status : str
        Where the bound was read; S, M or D.
    area_share : float or None
        Share of the area at or above the tier, 0 to 1; None where an asset decides.
    asset : str
        Name of the asset that decides, or empty.
    people : float or None
        Modelled; in a letter to a city the sum over its counties at blue or above.
    level : Tier
        The tier that ``starts_at`` and ``ends_at`` refer to: the finding's own, at most orange.
    starts_at, peak_at, ends_at : datetime or None
        First valid hour at or above ``level``, hour of the largest value, last hour; None if green.
    complete : bool
        False where part of the region has no data: the tier is "at least".
    """

    hazard: str
    region: str
    name: str
    tier: Tier
    trend: str
    metric: str
    units: str
    value: float
    maximum: float
    threshold: float | None
    threshold_source: str
    threshold_status: str
    area_share: float | None
    asset: str
    people: float | None
    level: Tier
    starts_at: datetime | None
    peak_at: datetime
    ends_at: datetime | None
    confidence: str
    confidence_note: str
    complete: bool


@dataclass(frozen=True)
class CountyRow:
    """One county in the letter to its city.

    Attributes
    ----------
    tier : Tier or None
        Worst combined tier; None = grey.
    hazard, driver : str
        Hazard id and a short account of its driving value.
    onset_at : datetime or None
        First hour at or above orange.
    """

    code: str
    name: str
    tier: Tier | None
    hazard: str
    driver: str
    onset_at: datetime | None
    people: float | None


@dataclass(frozen=True)
class AssetRow:
    """One wall section, village, slope or reservoir that the letter names.

    Attributes
    ----------
    words : str
        Why: value, threshold and whose.
    example : bool
        From an invented table (示例); listed, counted for nothing.
    """

    asset_id: str
    name: str
    kind: str
    region: str
    hazard: str
    tier: Tier | None
    words: str
    onset_at: datetime | None
    people: int | None
    responsible: str
    example: bool
    households: int | None = None


@dataclass(frozen=True)
class LetterMeasure:
    """One numbered measure as the letter prints it."""

    number: int
    text: str
    source: str
    status: str


@dataclass(frozen=True)
class Letter:
    """A drafted document; a function of the outlook, its type and its entries, without a number, which sign-off allots.

    Attributes
    ----------
    level : 'county' or 'city'
        Who is addressed.
    issuer : str
        发文机关 as in the red header.
    urgency : str
        特急 (red) or 加急.
    tier : Tier or None
        Worst over the window; in a document that ends something the tier of its last hour; None = grey.
    lead_hours, landfall_hours : float or None
        Hours from the issue time to the first hour at or above orange, and to the first landfall.
    counties : tuple of CountyRow
        In a letter to a city; empty otherwise.
    unknown : tuple of str
        Hazards assessed but without data here.
    lacking : tuple of (hazard, why)
        Hazards that were not assessed at all: 未评估.
    surge : float or None
        Largest modelled storm surge on the region's coast [m], not tiered; None = no coast or not modelled.
    assets : tuple of AssetRow
        Assets at blue or above, or unknown, worst first; ``assets_more`` more of them are in the table only.
    marks : tuple of (Chinese, English)
        What every product must say.
    supersedes : str or None
        Digest of the letter that this one replaces.
    document : DocumentType
        Its words are part of the digest: who signs a draft signs them.
    entries : tuple of (id, words)
        The type's entries; empty words stand for what a person still has to fill in.
    series : str
        What stands before 〔year〕 in the number.
    exercise : bool
        A replay, a simulated forecast or a drill: marked 演练 on every page, never Actual.
    coastal : bool or None
        Whether the region has a coast; None = not known, then nothing of the sea is left out.
    previous : str
        Worst tier that the cycle before published for it, and when; empty where there was none.
    held : str
        Why the tier stands above what was computed; empty where it does not.
    map_svg : str
        The region's own small map; derived, so outside the digest.
    map_picture : str
        SHA-256 of the PNG of that map in the draft's DOCX, where it is in the bundled fonts: who signs the draft need not
        draw it again. Outside the digest too.

    Notes
    -----
    Townships are not listed, and the letter says so.
    """

    level: str
    code: str
    name: str
    city_name: str
    issuer: str
    urgency: str
    title: str
    addressee: str
    copies: tuple[str, ...]
    event_number: str
    event_name: str
    event_chinese: str
    kind: str
    issued_at: datetime
    track_until: datetime | None
    valid_from: datetime
    valid_until: datetime
    landfall_at: datetime | None
    landfall_hours: float | None
    tier: Tier | None
    trend: str
    onset_at: datetime | None
    ends_at: datetime | None
    lead_hours: float | None
    findings: tuple[Finding, ...]
    counties: tuple[CountyRow, ...]
    unknown: tuple[str, ...]
    lacking: tuple[tuple[str, str], ...]
    surge: float | None
    assets: tuple[AssetRow, ...]
    assets_more: int
    measures: tuple[LetterMeasure, ...]
    answer_minutes: int
    feedback_minutes: int
    repeat_minutes: int
    annexes: tuple[str, ...]
    marks: tuple[tuple[str, str], ...]
    rain_note: str
    model_version: str
    supersedes: str | None = None
    document: DocumentType = field(default_factory=lambda: bundled_types()["risk_notice"])
    entries: tuple[tuple[str, str], ...] = ()
    series: str = ""
    exercise: bool = True
    coastal: bool | None = None
    previous: str = ""
    held: str = ""
    map_svg: str = ""
    map_picture: str = ""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of all fields but the map: 64 hexadecimal digits."""
        return hashlib.sha256(canonical_json(self).encode()).hexdigest()

    def without_map(self) -> Letter:
        """The same words without the map."""
        return replace(self, map_svg="", map_picture="")

    @property
    def short_digest(self) -> str:
        """First 16 digits of ``digest``, in groups of four, as printed."""
        return " ".join(self.digest[n : n + 4] for n in range(0, 16, 4))

    @property
    def missing(self) -> tuple[str, ...]:
        """Required entries that nobody has filled in, in Chinese; sign-off waits for them."""
        given = dict(self.entries)
        return tuple(
            e.chinese for e in self.document.entries if e.required and not given.get(e.id, "").strip()
        )


def canonical_json(letter: Letter) -> str:
    """The fields as JSON with sorted keys and no blanks: what the digest is taken of.

    Instants are UTC, tiers numbers; the map is left out, and so is what has its default: a field that a later version
    adds leaves the digests of earlier documents as they were printed.
    """
    content = _plain(letter.without_map())
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    if is_dataclass(value):
        held = ((f, getattr(value, f.name)) for f in fields(value))
        return {f.name: _plain(v) for f, v in held if f.default is MISSING or v != f.default}
    return value


@dataclass(frozen=True)
class SignOff:
    """What a named person adds to a draft; ``evac.orders`` allots the number.

    Attributes
    ----------
    number : int
        From 1, in the series, issuer and year of the draft.
    signer : str
        签发人.
    signed_at : datetime
        With time zone; its Beijing year is that of the number.
    replaces : str
        Full number of the document that this one replaces; empty if none.
    """

    number: int
    signer: str
    signed_at: datetime
    replaces: str = ""


def full_number(series: str, year: int, number: int) -> str:
    """发文字号: 机关代字, year in six-cornered brackets, number without leading zeros (GB/T 9704-2012, 7.2.5).

    Examples
    --------
    >>> full_number("浙防指办函", 2021, 3)
    '浙防指办函〔2021〕3号'
    """
    return f"{series}〔{year}〕{number}号"
