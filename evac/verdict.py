"""What was found when a code was judged, with the words for the door."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from evac.ticket import Ticket


class Finding(StrEnum):
    """One outcome of judging a code; every failure is one of its own."""

    ACCEPTED = "accepted"
    EMPTY = "empty"
    OTHER_QR = "other_qr"
    UNSIGNED = "unsigned"
    DAMAGED = "damaged"
    TRUNCATED = "truncated"
    TOO_LONG = "too_long"
    OTHER_VERSION = "other_version"
    UNKNOWN_ALGORITHM = "unknown_algorithm"
    UNKNOWN_KEY = "unknown_key"
    FORGED = "forged"
    KEY_NOT_IN_FORCE = "key_not_in_force"
    KEY_STOLEN = "key_stolen"
    FOREIGN_EVENT = "foreign_event"
    DRILL_CODE = "drill_code"
    REAL_CODE = "real_code"
    REVOKED = "revoked"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"

    @property
    def chinese(self) -> str:
        """For the cadre at the door."""
        return _WORDS[self][0]

    @property
    def english(self) -> str:
        """The same in English."""
        return _WORDS[self][1]

    @property
    def advice(self) -> str:
        """What to do; nobody is ever sent away."""
        return _WORDS[self][2]


class Caution(StrEnum):
    """Why an accepted code wants a second look; it never blocks the door."""

    NO_LIST = "no_list"
    LIST_EXPIRED = "list_expired"
    LIST_OF_ANOTHER_EVENT = "list_of_another_event"
    KEY_STOLEN_LATER = "key_stolen_later"

    @property
    def chinese(self) -> str:
        """For the cadre at the door."""
        return _CAUTIONS[self][0]

    @property
    def english(self) -> str:
        """The same in English."""
        return _CAUTIONS[self][1]


_BY_HAND: Final = "先让人进门,按姓名或短码在名单上查找 · let the person in; look for the name or the short code on the roster"
_KEEP: Final = "先让人进门,按姓名登记;留下吊牌并报告 · let the person in and register by name; keep the pendant and report it"
_SYNC: Final = "先让人进门,按短码登记;同步后再扫 · let the person in by the short code; sync, then scan again"
_WORDS: Final = MappingProxyType(
    {
        Finding.ACCEPTED: ("有效", "valid", "登记 · check in"),
        Finding.EMPTY: (
            "没有扫到内容",
            "nothing was read",
            "再扫一次,或手输短码 · scan again, or type the short code",
        ),
        Finding.OTHER_QR: (
            "这不是安全码",
            "another QR code",
            "请扫吊牌上的码 · scan the code on the pendant",
        ),
        Finding.UNSIGNED: (
            "网址码,无签名",
            "the unsigned form for phones",
            "在名单上核对后登记 · check in only if it is on the roster",
        ),
        Finding.DAMAGED: ("码面残损", "damaged", "再扫一次,或手输短码 · scan again, or type the short code"),
        Finding.TRUNCATED: (
            "码不完整",
            "cut short",
            "再扫一次,或手输短码 · scan again, or type the short code",
        ),
        Finding.TOO_LONG: ("内容过长,不是安全码", "longer than a code", _BY_HAND),
        Finding.OTHER_VERSION: ("版本不认识", "a version that this device does not know", _SYNC),
        Finding.UNKNOWN_ALGORITHM: ("签名算法不认识", "an algorithm that this device does not know", _SYNC),
        Finding.UNKNOWN_KEY: ("密钥不认识", "signed by a key that this device does not know", _SYNC),
        Finding.FORGED: ("签名不符,疑似伪造", "the signature does not fit", _KEEP),
        Finding.KEY_NOT_IN_FORCE: ("签发时密钥不在有效期", "begins when its key was not in force", _KEEP),
        Finding.KEY_STOLEN: ("密钥被盗后签发", "begins after its key was stolen", _KEEP),
        Finding.FOREIGN_EVENT: ("属于另一次事件", "of another event", _BY_HAND),
        Finding.DRILL_CODE: ("演练码,不计入实战", "a drill's code in a real operation", _BY_HAND),
        Finding.REAL_CODE: ("实战码,不计入演练", "a real code in a drill", _BY_HAND),
        Finding.REVOKED: ("已作废", "revoked", _BY_HAND),
        Finding.NOT_YET_VALID: ("未到生效时间", "not valid yet", "核对设备时钟;" + _BY_HAND),
        Finding.EXPIRED: ("已过期", "expired", "核对设备时钟;" + _BY_HAND),
    }
)
_CAUTIONS: Final = MappingProxyType(
    {
        Caution.NO_LIST: ("没有作废名单", "no revocation list on this device"),
        Caution.LIST_EXPIRED: ("作废名单已过期,请同步", "the revocation list has run out; sync"),
        Caution.LIST_OF_ANOTHER_EVENT: ("作废名单属于另一次事件", "the revocation list is of another event"),
        Caution.KEY_STOLEN_LATER: (
            "签名密钥后来被盗,须在名单上核对",
            "its key was stolen later: it counts only if it is on the roster",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scan is worth.

    Attributes
    ----------
    finding : Finding
    ticket : Ticket or None
        What the code says, where its signature holds; a refused one too, to be shown.
    kid : bytes
        Key that signed it, or claims to.
    code : str
        The 26 characters where the signature holds, or of the unsigned form; empty otherwise.
    cautions : frozenset of Caution
    """

    finding: Finding
    ticket: Ticket | None = None
    kid: bytes = b""
    code: str = ""
    cautions: frozenset[Caution] = frozenset()

    @property
    def accepted(self) -> bool:
        """Whether the code counts, on its own or (``needs_roster``) with the roster."""
        return self.finding is Finding.ACCEPTED

    @property
    def needs_roster(self) -> bool:
        """Whether the code counts only for somebody on the roster."""
        return self.finding is Finding.UNSIGNED or Caution.KEY_STOLEN_LATER in self.cautions

    @property
    def words(self) -> str:
        """For the door, Chinese first."""
        more = "".join(f";{caution.chinese} {caution.english}" for caution in sorted(self.cautions))
        return f"{self.finding.chinese} {self.finding.english}{more}"
