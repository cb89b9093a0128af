"""A phone without any network shows what it has as QR codes, one after another; the door's scanner reads them."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Final

from evac.registry import Registry
from evac.sync.intake import Intake
from evac.sync.node import EVENT
from evac.sync.phone_file import take_in_phone
from evac.vault import Vault
from evac.web.frames import file_of_frames
from riskmap.errors import DataError, RiskmapError

MARK: Final = "EVX1:"


class Frames:
    """Texts of one phone's export, until all of them were scanned.

    Parameters
    ----------
    vault : Vault
        Of the event's key, which opens what phones seal.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._texts: dict[str, None] = {}
        self._dropped = 0

    def _begin_anew(self) -> str:
        told = self._told_of_dropped()
        self._texts.clear()
        self._dropped = 0
        return told

    def _told_of_dropped(self) -> str:
        """A word about the set that was begun before this one and not ended: its codes have to be scanned anew."""
        if not self._dropped:
            return ""
        return f"; 前一组未扫完,已扫{self._dropped}张作废 · the set before was not complete, its {self._dropped} codes are dropped"

    def take(self, text: str, registry: Registry, *, now: datetime) -> tuple[str, Intake | None]:
        """What to show after one text; and what was stored, once the last one is there.

        Parameters
        ----------
        text : str
            Begins with ``MARK``.
        now : datetime
            Trusted time: the receipt of all of the events.

        Raises
        ------
        SourceError
            Nothing was stored; the last text can be scanned again.
        """
        begin = text.rsplit(":", 2)[0]
        if self._texts and not next(iter(self._texts)).startswith(begin + ":"):
            self._dropped = len(self._texts)
            self._texts.clear()  # another export
        self._texts[text] = None
        try:
            whole = file_of_frames(self._texts)
        except DataError as error:
            return (
                f"{len(self._texts)} 张 codes; {error.found or error.message}{self._told_of_dropped()}",
                None,
            )
        try:
            header, done = take_in_phone(
                registry, BytesIO(whole), "QR", event=registry.store.labels().get(EVENT, ""), now=now,
                vault=self._vault,
            )  # fmt: skip
        except RiskmapError as error:
            if isinstance(error, OSError):
                raise
            return f"✗ {error}{self._begin_anew()}", None
        refused = f", 未收 not stored {len(done.refused)}" if done.refused else ""
        return (
            f"✓ 手机 phone {header.device}: 新 new {done.stored}, 已有 known {done.repeated}{refused}{self._begin_anew()}",
            done,
        )
