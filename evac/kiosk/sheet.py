"""The shelter's sheet (交接单) at the end of a shift: who is here, what was entered, and the end of the log as a witness on paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from evac.log import Head
from evac.witness import witness_text, written
from riskmap.outlook import beijing


@dataclass(frozen=True, slots=True)
class Shift:
    """What a sheet says.

    Attributes
    ----------
    tally : mapping
        Kind of entry -> how many this shift, less what was undone; ``added`` are among the others.
    present, capacity : int
        People; 0 capacity where it is not known.
    not_sent : int
        Events that no other node has acknowledged.
    witness : bytes
        Signed head, see ``evac.witness.sign_head``; empty where the kiosk has no key.
    """

    event: str
    node: str
    shelter: str
    shelter_name: str
    actor: str
    began_at: datetime
    ended_at: datetime
    tally: Mapping[str, int]
    present: int
    capacity: int
    not_sent: int
    head: Head
    witness: bytes
    synthetic: bool = False


_WORDS = {
    "shelter": "到达 arrived", "relatives": "投亲靠友 with relatives", "left": "擅自离开 left", "medical": "就医 medical",
    "added": "其中名单外登记 of these, added",
}  # fmt: skip


def sheet_text(shift: Shift) -> str:
    """The sheet as plain text, to be printed or copied by hand: 16 characters of the link are enough for a witness."""
    capacity = f" / {shift.capacity}" if shift.capacity else ""
    rows = [
        "安置点交接单 · SHIFT SHEET" + ("  【演练 SYNTHETIC】" if shift.synthetic else ""),
        f"事件 event {shift.event}   本机 node {shift.node}",
        f"安置点 shelter {shift.shelter} {shift.shelter_name}   登记人 clerk {shift.actor}",
        f"本班 shift {beijing(shift.began_at)} - {beijing(shift.ended_at)}",
        "",
        f"现有人数 here now      {shift.present}{capacity}",
        *(f"{word}  {shift.tally[kind]}" for kind, word in _WORDS.items() if shift.tally.get(kind)),
        f"待上送 not yet sent    {shift.not_sent}",
        "",
        "日志末端(抄送上级) end of the log, to be written down elsewhere:",
        f"    {written(shift.head)}",
        *(f"    {line}" for line in _folded(witness_text(shift.witness) if shift.witness else "")),
        "",
        "交班 handed over ____________    接班 taken over ____________",
    ]
    return "\n".join(rows) + "\n"


def sheet_name(shift: Shift) -> str:
    """Name of the sheet's file: shelter and end of the shift, Beijing time."""
    stamp = beijing(shift.ended_at).translate(str.maketrans("", "", "-: "))
    return f"sheet-{shift.shelter}-{stamp}.txt"


def _folded(text: str, width: int = 64) -> list[str]:
    return [text[n : n + width] for n in range(0, len(text), width)]
