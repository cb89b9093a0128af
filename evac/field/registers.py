"""Who and what is in the field: workers, gauges, cameras, villages; read from tables, kept in the log, names under a key."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Final

from evac.field.danger import Spot
from evac.model import CHINA
from evac.people.sheet import Sheet
from evac.people.table import TELEPHONE, read_table, require_right
from evac.privacy.masking import mask_name, mask_phone
from evac.vault import Vault
from riskmap.errors import DataError
from riskmap.io.gcj02 import from_gcj02
from riskmap.io.rows import DATUMS
from riskmap.observation.gauges import Gauge

_VILLAGE, _TOWN = 12, 9


@dataclass(frozen=True, slots=True)
class Worker:
    """A grid worker (网格员) as everybody may know them: by number.

    Attributes
    ----------
    number : str
    cell : str
        Code of the grid cell (网格).
    villages : tuple of str
        12 digits each; the first is the worker's own.
    deputy : str
        Number of who steps in; empty where nobody does.
    longitude, latitude : float or None
        Of the post [degree, WGS-84]. No other position of a worker is kept but the places of tasks.
    """

    number: str
    cell: str
    villages: tuple[str, ...]
    deputy: str = ""
    longitude: float | None = None
    latitude: float | None = None

    @property
    def spot(self) -> Spot:
        """The worker's post."""
        return Spot(self.villages[0], self.longitude, self.latitude)


@dataclass(frozen=True, slots=True)
class Private:
    """What only the holder of the key may read of a worker."""

    name: str
    phone: str

    @property
    def masked(self) -> str:
        """As it may stand on a screen."""
        return f"{mask_name(self.name)} {mask_phone(self.phone)}"


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera; what it sees is claimed, by an operator or an algorithm, and never measured."""

    camera_id: str
    name: str
    region: str
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class Village:
    """A village that must be heard of during a response."""

    code: str
    name: str = ""
    longitude: float | None = None
    latitude: float | None = None

    @property
    def spot(self) -> Spot:
        """Where it lies."""
        return Spot(self.code, self.longitude, self.latitude)


_POINT: Final = {"longitude": ("经度", "lon", "longitude"), "latitude": ("纬度", "lat", "latitude")}
_WORKERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "number": ("编号", "网格员编号", "工号", "worker"),
    "name": ("姓名", "网格员", "name"),
    "phone": ("电话", "手机", "联系电话", "phone"),
    "cell": ("网格编码", "网格", "网格编号", "cell"),
    "villages": ("村代码", "行政区划代码", "区划代码", "villages"),
    "deputy": ("替补", "替补编号", "副班", "ab岗", "deputy"),
    **_POINT,
})  # fmt: skip
_CAMERAS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "camera_id": ("编号", "id"),
        "name": ("名称", "name"),
        "region": ("区划代码", "村代码", "region"),
        **_POINT,
    }
)
_VILLAGES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"code": ("村代码", "行政区划代码", "区划代码", "code"), "name": ("村名", "名称", "name"), **_POINT}
)


def read_workers(sheets: Iterable[Sheet], *, datum: str) -> tuple[tuple[Worker, Private], ...]:
    """The workers of a table: 编号, 姓名, 电话, 网格编码, 村代码; 替补, 经度, 纬度 where known.

    Parameters
    ----------
    datum : str
        Of the coordinates: wgs84, cgcs2000, or gcj02, which is turned into WGS-84.

    Raises
    ------
    DataError
        No headings, or rows that are wrong: every one is named, and none is taken.
    """
    _require_datum(datum)
    rows = read_table(
        sheets, _WORKERS, ("number", "name", "phone", "cell", "villages"), lambda told: _worker(told, datum),
        what="the grid workers",
    )  # fmt: skip
    found = [pair for _, pair in rows]
    numbers = [worker.number for worker, _ in found]
    wrong = [f"{where}: 编号 {w.number} twice" for where, (w, _) in rows if numbers.count(w.number) > 1]
    wrong += [
        f"{where}: 替补 {w.deputy} is on no row"
        for where, (w, _) in rows
        if w.deputy and w.deputy not in numbers
    ]
    wrong += [f"{where}: 替补 {w.deputy}: the same person" for where, (w, _) in rows if w.deputy == w.number]
    require_right(wrong, "the grid workers")
    return tuple(found)


def read_cameras(sheets: Iterable[Sheet], *, datum: str) -> tuple[Camera, ...]:
    """The cameras of a table: 编号, 名称, 区划代码, 经度, 纬度; raises as ``read_workers`` does."""
    _require_datum(datum)

    def camera(told: Mapping[str, str]) -> Camera:
        longitude, latitude = _point(told, datum)
        assert longitude is not None
        assert latitude is not None
        return Camera(told["camera_id"], told["name"], _code(told["region"], 6, 9, 12), longitude, latitude)

    needed = ("camera_id", "name", "region", "longitude", "latitude")
    return tuple(found for _, found in read_table(sheets, _CAMERAS, needed, camera, what="the cameras"))


def read_villages(sheets: Iterable[Sheet], *, datum: str) -> tuple[Village, ...]:
    """The villages of a table: 村代码; 村名, 经度, 纬度 where known; raises as ``read_workers`` does."""
    _require_datum(datum)

    def village(told: Mapping[str, str]) -> Village:
        return Village(_code(told["code"], _VILLAGE), told["name"], *_point(told, datum))

    return tuple(found for _, found in read_table(sheets, _VILLAGES, ("code",), village, what="the villages"))


def _worker(told: Mapping[str, str], datum: str) -> tuple[Worker, Private]:
    villages = tuple(_code(v, _VILLAGE) for v in re.split(r"[、,,;;\s]+", told["villages"]) if v)
    phone = told["phone"].replace(" ", "")
    if not TELEPHONE.fullmatch(phone):
        raise ValueError(f"电话 {mask_phone(phone)}: not a telephone number")
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,32}", told["number"]):
        raise ValueError(
            f"编号 {told['number']!r}: 1 to 32 letters and digits; never a name or telephone number"
        )
    if told["number"] == phone:
        raise ValueError("编号 is the telephone number: it would stand in the log in clear")
    longitude, latitude = _point(told, datum)
    worker = Worker(told["number"], told["cell"], villages, told["deputy"], longitude, latitude)
    return worker, Private(told["name"], phone)


def _code(text: str, *digits: int) -> str:
    if not (text.isascii() and text.isdigit() and len(text) in digits):
        raise ValueError(f"区划代码 {text!r}: {' or '.join(map(str, digits))} digits")
    return text


def _point(told: Mapping[str, str], datum: str) -> tuple[float | None, float | None]:
    if not told["longitude"] and not told["latitude"]:
        return None, None
    longitude, latitude = float(told["longitude"]), float(told["latitude"])
    west, east, south, north = CHINA
    if not (west <= longitude <= east and south <= latitude <= north):
        raise ValueError(f"{longitude}, {latitude} is not in China; longitude first?")
    if datum == "gcj02":
        lon, lat = from_gcj02(longitude, latitude)
        return float(lon), float(lat)
    return longitude, latitude


def _require_datum(datum: str) -> None:
    if datum not in DATUMS:
        raise DataError(
            "positions without a datum", where="--datum", expected=", ".join(DATUMS), found=repr(datum),
            remedy="say which with --datum",
        )  # fmt: skip


def told_of(thing: Worker | Gauge | Camera | Village) -> str:
    """What everybody may know of a thing, as JSON with sorted names.

    Examples
    --------
    >>> village_of(told_of(Village("330902001001", "东园"))).name
    '东园'
    """
    return json.dumps(asdict(thing), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def worker_of(told: str) -> Worker:
    """The worker of its JSON."""
    content = json.loads(told)
    return Worker(**content | {"villages": tuple(content["villages"])})


def gauge_of(told: str) -> Gauge:
    """The gauge of its JSON."""
    content = json.loads(told)
    bounds = content["bounds"]
    return Gauge(**content | {"bounds": None if bounds is None else tuple(bounds)})


def camera_of(told: str) -> Camera:
    """The camera of its JSON."""
    return Camera(**json.loads(told))


def village_of(told: str) -> Village:
    """The village of its JSON."""
    return Village(**json.loads(told))


def seal_private(private: Private, number: str, vault: Vault) -> str:
    """Name and telephone under the event's key, hexadecimal."""
    plain = json.dumps(asdict(private), ensure_ascii=False, sort_keys=True).encode()
    return vault.seal(plain, f"field worker {number}".encode()).hex()


def open_private(sealed: str, number: str, vault: Vault) -> Private:
    """Name and telephone again.

    Raises
    ------
    EvacError
        Sealed by another key.
    """
    unseal = vault.open  # no file is opened here
    plain = unseal(bytes.fromhex(sealed), f"field worker {number}".encode())
    return Private(**json.loads(plain))


def away(spot: Spot, other: Spot) -> float | None:
    """Distance between two places [m]; None where a point is not known.

    Examples
    --------
    >>> round(away(Spot("1", 120.0, 30.0), Spot("2", 120.01, 30.0))), away(Spot("1"), Spot("2"))
    (963, None)
    """
    from riskmap.sphere import distance

    if None in (spot.longitude, spot.latitude, other.longitude, other.latitude):
        return None
    found = distance(
        latitude=spot.latitude,
        longitude=spot.longitude,
        to_latitude=other.latitude,
        to_longitude=other.longitude,
    )
    return None if math.isnan(found) else float(found)
