"""The places that keep goods: shelters with who is there and who is to come, from a roll; depots from a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Final

from evac.columns import Column, column_of
from evac.counts.life import Life
from evac.counts.roll import Roll
from evac.counts.shelters import shelter_counts
from evac.model import Stay, Vulnerability
from evac.people.datum import Datum, position_of
from evac.people.sheet import Sheet
from evac.people.table import read_table, require_right
from evac.people.table_cells import number_cell
from evac.supplies.need import Crowd, Place

TO_COME: Final = frozenset({Column.NOT_NOTIFIED, Column.NOTIFIED, Column.REFUSED, Column.IN_TRANSIT})
"""Who was ordered to move and has not arrived anywhere."""


def shelter_places(roll: Roll, *, closed: Mapping[str, str] | None = None) -> tuple[Place, ...]:
    """The shelters of a region with their people.

    Expected are those who were ordered to move, have not arrived anywhere, and whose planned place it is.

    Parameters
    ----------
    roll : Roll
        Of the whole registry where people come from other counties.
    closed : mapping, optional
        Id -> why no lorry goes there.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac import Category, Clerk, MemoryStore, Person, Registry, Shelter, read_roll, shelter_places
    >>> from evac.events import Ordered, Registered
    >>> from evac.model import Destination
    >>> code, noon, store = "7" + "C" * 25, datetime(2021, 7, 25, 4, tzinfo=UTC), MemoryStore()
    >>> store.put_shelters([Shelter("S1", "学校", "330902", 50)])
    >>> to = Destination(Stay.SHELTER, "S1")
    >>> store.put_people([Person(code, "张三", "1", "330902", "330902001001", "东村", Category.LOW_LYING, to)])
    >>> clerk = Clerk("李四", "330902001001", "D1", noon)
    >>> events = [clerk.write(Registered, code, county="330902"), clerk.write(Ordered, code, order="令1")]
    >>> Registry(store).check_ins(events, received_at=noon).require_all()
    >>> [(place.name, place.present.people, place.expected.people) for place in shelter_places(read_roll(store, at=noon))]
    [('学校', 0, 1)]
    """
    expected: dict[str, list[Life]] = {}
    for life in roll.lives:
        bound = life.person.destination if life.person else None
        if bound is not None and bound.stay is Stay.SHELTER and column_of(life.state) in TO_COME:
            expected.setdefault(bound.place, []).append(life)
    return tuple(
        Place(
            count.shelter.shelter_id, count.shelter.name,
            Crowd(count.present, Counter({Vulnerability(kind): n for kind, n in count.weak.items()})),
            _crowd(expected.get(count.shelter.shelter_id, ())), longitude=count.shelter.longitude,
            latitude=count.shelter.latitude, closed=(closed or {}).get(count.shelter.shelter_id, ""),
        )
        for count in shelter_counts(roll)
    )  # fmt: skip


def _crowd(lives: Iterable[Life]) -> Crowd:
    people = [life.person for life in lives if life.person is not None]
    return Crowd(len(people), Counter(kind for person in people for kind in person.vulnerability))


_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "id": ("编号", "仓库编号", "代码", "id"),
        "name": ("名称", "仓库名称", "name"),
        "longitude": ("经度", "longitude", "lon"),
        "latitude": ("纬度", "latitude", "lat"),
    }
)


def read_depots(
    sheets: Iterable[Sheet], *, datum: Datum | None = None, closed: Mapping[str, str] | None = None
) -> tuple[Place, ...]:
    """Depots of a table: 编号, 名称, 经度, 纬度.

    Raises
    ------
    DataError
        No headings, a row that is wrong, one id twice, positions without a datum; every wrong row is named, and none is taken.
    """
    found: dict[str, Place] = {}
    twice: list[str] = []
    for where, depot in read_table(
        sheets, _HEADINGS, ("id", "name"), partial(_depot, datum=datum), what="depots"
    ):
        if depot.id in found:
            twice.append(f"{where}: 编号 {depot.id} 重复 twice")
        found[depot.id] = replace(depot, closed=(closed or {}).get(depot.id, ""))
    require_right(twice, "depots")
    return tuple(found.values())


def _depot(told: Mapping[str, str], datum: Datum | None) -> Place:
    longitude, latitude = position_of(
        number_cell(told["longitude"], "经度"), number_cell(told["latitude"], "纬度"), datum
    )
    return Place(told["id"], told["name"], depot=True, longitude=longitude, latitude=latitude)
