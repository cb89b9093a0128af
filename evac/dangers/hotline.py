"""Reports of danger from the table of a hotline (12345): right rows are taken, wrong ones named, none told twice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final, NamedTuple

from evac.asides import DangerSeen
from evac.dangers.intake import NOBODY, Reporter, Seen, danger_seen
from evac.people.clerk import Clerk
from evac.people.datum import Datum
from evac.people.sheet import Sheet
from evac.people.table import read_table
from evac.people.table_cells import number_cell, time_cell
from evac.vault import Vault
from riskmap.errors import DataError

_PLACE: Final = re.compile(r"\d{6}(\d{3}(\d{3})?)?")
_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "number": ("工单编号", "编号", "工单号", "number"),
        "at": ("来电时间", "受理时间", "时间", "time"),
        "danger": ("险情类型", "类型", "诉求内容", "内容", "kind"),
        "where": ("地点", "地点描述", "事发地点", "地址", "where"),
        "place": ("行政区划代码", "区划代码", "村代码", "region"),
        "longitude": ("经度", "longitude", "lon"),
        "latitude": ("纬度", "latitude", "lat"),
        "name": ("来电人", "姓名", "报告人", "name"),
        "phone": ("来电号码", "电话", "联系电话", "phone"),
        "photo": ("照片", "照片sha256", "photo"),
    }
)


class HotlineRead(NamedTuple):
    """Events of a hotline's table, and the rows that could not be taken, each with the reason."""

    events: tuple[DangerSeen, ...]
    wrong: tuple[str, ...]


def read_hotline(
    sheets: Iterable[Sheet], clerk: Clerk, vault: Vault | None, *, datum: Datum | None = None
) -> HotlineRead:
    """The reports of a hotline's table (12345): 工单编号, 来电时间 (Beijing), 险情类型, 地点; 行政区划代码, 经度, 纬度, 来电人, 电话, 照片 where known.

    Right rows are taken and wrong ones named: a report of danger does not wait for its neighbours. A row is known again by its number,
    so that the same table twice, or again after a crash, tells nothing twice.

    Raises
    ------
    DataError
        No row of headings.
    """
    wrong: list[str] = []

    rows = read_table(
        sheets, _HEADINGS, ("number", "at", "danger", "where"), partial(_event, clerk=clerk, vault=vault, datum=datum),
        what="reports of the hotline", wrong=wrong,
    )  # fmt: skip
    return HotlineRead(tuple(event for _, event in rows), tuple(wrong))


def _event(told: Mapping[str, str], clerk: Clerk, vault: Vault | None, datum: Datum | None) -> DangerSeen:
    if told["place"] and not _PLACE.fullmatch(told["place"]):
        raise ValueError(f"行政区划代码 {told['place']!r}: 6, 9 or 12 digits")
    known = f"hotline {clerk.office} {told['number']}"
    seen = Seen(
        told["danger"], told["where"], told["place"], number_cell(told["longitude"], _HEADINGS["longitude"][0]), number_cell(told["latitude"], _HEADINGS["latitude"][0]), datum,
        told["photo"], "hotline", Reporter(told["name"], told["phone"]) if vault else NOBODY,
    )  # fmt: skip
    event_id = hashlib.blake2b(known.encode(), digest_size=16).hexdigest()
    try:
        return danger_seen(
            seen, clerk, vault, at=time_cell(told["at"], "来电时间", now=clerk.now), event_id=event_id
        )
    except DataError as error:
        raise ValueError(str(error)) from None
