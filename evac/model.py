"""People, shelters, and the states that a person of an ordered region can be in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

CHINA: Final = (73.0, 135.1, 3.0, 53.6)
"""West, east, south, north of a box around China [degrees]: positions outside are slips."""


class State(StrEnum):
    """Where a person stands; one at any time.

    Examples
    --------
    >>> State.SHELTERED.chinese
    '集中安置'
    """

    REGISTERED = "registered"
    PREPARE = "prepare"
    ORDERED = "ordered"
    UNREACHED = "unreached"
    NOTIFIED = "notified"
    REFUSED = "refused"
    IN_TRANSIT = "in_transit"
    SHELTERED = "sheltered"
    DISPERSED = "dispersed"
    ASHORE = "ashore"
    MEDICAL = "medical"
    MISSING = "missing"
    LEFT = "left"
    EXEMPT = "exempt"
    WITHDRAWN = "withdrawn"
    DECEASED = "deceased"
    RETURN_ALLOWED = "return_allowed"
    RETURN_HELD = "return_held"
    RETURNED = "returned"
    CLOSED = "closed"
    PURGED = "purged"
    MERGED = "merged"

    @property
    def chinese(self) -> str:
        """The word that cadres use."""
        return _STATE_WORDS[self]


_STATE_WORDS: Final = MappingProxyType(
    {
        State.REGISTERED: "在册",
        State.PREPARE: "准备转移",
        State.ORDERED: "未通知",
        State.UNREACHED: "未联系上",
        State.NOTIFIED: "已通知",
        State.REFUSED: "劝导无效",
        State.IN_TRANSIT: "途中",
        State.SHELTERED: "集中安置",
        State.DISPERSED: "投亲靠友",
        State.ASHORE: "上岸",
        State.MEDICAL: "就医",
        State.MISSING: "失联",
        State.LEFT: "擅自离开",
        State.EXEMPT: "核减",
        State.WITHDRAWN: "指令撤回",
        State.DECEASED: "遇难",
        State.RETURN_ALLOWED: "可返回",
        State.RETURN_HELD: "暂缓返回",
        State.RETURNED: "已返回",
        State.CLOSED: "已销号",
        State.PURGED: "已销毁",
        State.MERGED: "重复(已并入)",
    }
)

MOVED: Final = frozenset({State.SHELTERED, State.DISPERSED, State.ASHORE, State.MEDICAL})
"""States in which a person counts as moved to safety (已转移)."""


class Category(StrEnum):
    """Why a person is on the transfer list; ``chinese`` is the word of the list."""

    FLASH_FLOOD = "flash_flood_zone"
    LANDSLIDE = "geo_hazard_zone"
    DANGEROUS_HOUSE = "dangerous_house"
    LOW_LYING = "low_lying"
    OUTSIDE_SEA_WALL = "outside_sea_wall"
    BELOW_RESERVOIR = "below_reservoir"
    WORK_SITE = "work_site"
    FISH_FARM = "fish_farm"
    FISHING_CREW = "fishing_crew"
    GUEST_HOUSE = "guest_house"
    SCENIC_AREA = "scenic_area"
    MIGRANT_WORKER = "migrant_worker"
    OTHER = "other"

    @property
    def chinese(self) -> str:
        """The word of the transfer list."""
        return _CATEGORY_WORDS[self]


_CATEGORY_WORDS: Final = MappingProxyType(
    {
        Category.FLASH_FLOOD: "山洪危险区",
        Category.LANDSLIDE: "地质灾害风险防范区",
        Category.DANGEROUS_HOUSE: "危旧房",
        Category.LOW_LYING: "低洼易涝区",
        Category.OUTSIDE_SEA_WALL: "海塘外/滩涂",
        Category.BELOW_RESERVOIR: "水库下游",
        Category.WORK_SITE: "工棚(在建工地)",
        Category.FISH_FARM: "海上养殖(渔排)",
        Category.FISHING_CREW: "渔船船员",
        Category.GUEST_HOUSE: "民宿(农家乐)/游客",
        Category.SCENIC_AREA: "景区",
        Category.MIGRANT_WORKER: "外来务工",
        Category.OTHER: "其他",
    }
)


class Vulnerability(StrEnum):
    """What makes moving harder; such people move first and have a helper. ``chinese`` is the word of the list.

    Examples
    --------
    >>> Vulnerability.PREGNANT.chinese
    '孕妇'
    """

    ALONE_AND_AGED = "alone_and_aged"
    DISABLED = "disabled"
    ILL = "ill"
    INFANT = "infant"
    PREGNANT = "pregnant"
    NO_PHONE = "no_phone"

    @property
    def chinese(self) -> str:
        """The word of the transfer list."""
        return _VULNERABILITY_WORDS[self]


_VULNERABILITY_WORDS: Final = MappingProxyType(
    {
        Vulnerability.ALONE_AND_AGED: "独居老人",
        Vulnerability.DISABLED: "残疾",
        Vulnerability.ILL: "病",
        Vulnerability.INFANT: "婴幼儿",
        Vulnerability.PREGNANT: "孕妇",
        Vulnerability.NO_PHONE: "无手机",
    }
)


class Stay(StrEnum):
    """Kind of a planned destination."""

    SHELTER = "shelter"
    RELATIVES = "relatives"
    ASHORE = "ashore"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a person is to go: a shelter's id, or a word for relatives or port."""

    stay: Stay
    place: str


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the transfer list. No identity number anywhere.

    Attributes
    ----------
    code : str
        Random safety code, 26 characters (see ``evac.codes``).
    county, village : str
        Administrative codes, 6 and 12 digits: where the person is at risk.
    household : str
        People of one household move together.
    helper : str or None
        Who helps a vulnerable person, one to one.
    printed : bool
        True where the person wears a printed pendant that staff scan.
    signed : bytes
        The signed content of the QR code; empty until signed.
    synthetic : bool
        True for invented people.
    phone : str
        Sealed in the store, as are ``name``, ``helper``, ``sex`` and ``birth_year``.
    identity : str
        Keyed pseudonym of an identity number (``evac.vault.Vault.pseudonym``), never the number; empty where there is none.
    sex : str
        "男", "女" or empty.
    birth_year : int or None
        As on the list.
    transport : str
        How the person is to be moved, in words; empty for by own means.
    vessel : str
        Number of the boat, for crew and fish farmers.
    longitude, latitude : float or None
        Where the person lives, WGS-84 [degree]; sealed in the store, and in no bundle, event or phone (ADR 0047).
    """

    code: str
    name: str
    household: str
    county: str
    village: str
    village_name: str
    category: Category
    destination: Destination
    vulnerability: tuple[Vulnerability, ...] = ()
    helper: str | None = None
    printed: bool = True
    signed: bytes = b""
    synthetic: bool = False
    phone: str = ""
    identity: str = ""
    sex: str = ""
    birth_year: int | None = None
    transport: str = ""
    vessel: str = ""
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True)
class Shelter:
    """One place of central stay.

    Attributes
    ----------
    capacity : int
        Persons. County shelters hold >= 200, town >= 100, village >= 50 (Zhejiang's tiers).
    level : str
        "county", "town", "village" or empty where it is not known.
    town : str
        9-digit administrative code, or empty.
    area_m2 : float or None
        Floor for people to stay on [m2].
    longitude, latitude : float or None
        WGS-84 [degree].
    """

    shelter_id: str
    name: str
    county: str
    capacity: int
    synthetic: bool = False
    level: str = ""
    town: str = ""
    area_m2: float | None = None
    longitude: float | None = None
    latitude: float | None = None
