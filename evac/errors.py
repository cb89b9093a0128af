"""Errors of the head-count, a branch of the tree drawn in ``riskmap.errors``.

::

    EvacError
    ├── CodeError              a scanned code is not accepted
    │   ├── UnknownCodeError   not one of ours, cut short, or signed by a key that is not known here
    │   ├── ForgedCodeError    the signature does not fit the content
    │   ├── RevokedCodeError   on the revocation list
    │   └── ExpiredCodeError   outside its days of validity
    ├── CapacityError          more people than places
    ├── BundleError            a bundle of events cannot be taken in; ``fault`` says which way
    └── ConflictError          a command contradicts what the registry holds
        └── AlteredLogError    the log is not what was sealed or witnessed; ``sequence`` says from where
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from riskmap.errors import RiskmapError

_RESTORE: Final = "restore the last backup whose head was witnessed and send the later events again"


class EvacError(RiskmapError):
    """Base of the errors raised by the head-count."""


class CodeError(EvacError):
    """A scanned code is not accepted; the person at the door is let in all the same and added by hand."""

    exit_code = 4


class UnknownCodeError(CodeError):
    """Not one of our codes, cut short, or signed by a key that this device does not know."""


class ForgedCodeError(CodeError):
    """The signature does not fit the content."""


class ExpiredCodeError(CodeError):
    """The code is not valid at this time."""


class RevokedCodeError(CodeError):
    """The code is on the revocation list."""


class CapacityError(EvacError):
    """More people than places."""


class Fault(StrEnum):
    """What is wrong with a bundle; the value is what a clerk reads."""

    NO_BUNDLE = "不是数据包 · not a bundle"
    TRUNCATED = "文件不完整 · the file is cut short"
    NEWER = "版本较新 · written by a newer version"
    FOREIGN_EVENT = "不属于本次事件 · of another event"
    UNKNOWN_NODE = "来源未登记 · from a node that is not known here"
    BAD_SIGNATURE = "签名不符 · the signature does not fit"
    BAD_DIGEST = "内容被改动或损坏 · the content was altered or damaged"
    WRONG_KEY = "密钥不符 · sealed with another key"
    UNSEALED = "未加密也未签名 · neither sealed nor signed"
    CLOCKS = "两台电脑时间不一致 · the two computers' clocks disagree"
    NOT_OURS = "不是给本机的 · meant for another node"


class BundleError(EvacError):
    """A bundle cannot be taken in; nothing of it was.

    Attributes
    ----------
    fault : Fault
    """

    exit_code = 4

    def __init__(
        self, fault: Fault, *, where: str, expected: str | None = None, found: str | None = None, remedy: str
    ) -> None:
        super().__init__(fault.value, where=where, expected=expected, found=found, remedy=remedy)
        self.fault = fault


class ConflictError(EvacError):
    """A command contradicts the state of the person."""


class AlteredLogError(ConflictError):
    """The log is not what was sealed or witnessed.

    Attributes
    ----------
    sequence : int
        The first entry that is not.
    """

    def __init__(
        self, sequence: int, *, message: str = "the log was altered", remedy: str = _RESTORE
    ) -> None:
        super().__init__(
            message, where=f"log, entry {sequence}", remedy=remedy,
            expected="every link to follow from the one before, and the witnessed heads to be met",
            found="an entry that was changed, removed, added or moved",
        )  # fmt: skip
        self.sequence = sequence
