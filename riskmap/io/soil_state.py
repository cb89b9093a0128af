"""The soil's water between two cycles: one file, written whole or not at all, checked when it is read.

A line of JSON (what it is, when, where, by which model, a SHA-256 of the arrays) and behind it the arrays as they are.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from riskmap.errors import CoverageError, DataError, SourceError
from riskmap.hazard.runoff.soil_water import STATE_VARIABLES
from riskmap.io.durable import whole_file

_MAGIC: Final = "riskmap soil state"
_FORMAT: Final = 1
_LONGEST_HEAD: Final = 1_000_000
_CHUNK: Final = 1 << 24


def write_soil_state(state: xr.Dataset, path: str | Path) -> str:
    """Write a state (``riskmap.hazard.runoff.soil_state``); returns the checksum. The file is replaced at one stroke.

    Parameters
    ----------
    state : Dataset (y, x)
        float32 variables [mm], coordinates ``y``, ``x``, scalar ``time`` (UTC), attrs ``constants`` and ``method``.
        Further variables (an event's rain so far, the surface store) go along.
    path : path

    Raises
    ------
    DataError
        Not a state.
    SourceError
        The file cannot be written.
    """
    _require_state(state, where="write_soil_state")
    names = [str(name) for name in state.data_vars]
    arrays = [np.ascontiguousarray(state[n].transpose("y", "x").values, "<f4") for n in names]
    axes = [np.ascontiguousarray(state[n].values, "<f8") for n in ("y", "x")]
    head: dict[str, Any] = {
        "what": _MAGIC, "format": _FORMAT, "time": str(state["time"].values.astype("datetime64[s]")) + "Z",
        "shape": list(arrays[0].shape), "variables": names, "constants": state.attrs["constants"],
        "method": state.attrs["method"],
    }  # fmt: skip
    head["sha256"] = digest = _digest(head, [*axes, *arrays])
    target = Path(path)
    try:
        with whole_file(target) as file:
            file.write(json.dumps(head, ensure_ascii=False).encode() + b"\n")
            for array in (*axes, *arrays):
                file.write(array.tobytes() if array.ndim == 1 else array.data.cast("B"))
    except OSError as error:
        raise SourceError(
            "the soil state could not be written", where=str(target), expected="a writable folder with room",
            found=error.strerror or str(error), remedy="check the path, its permissions and the disk",
        ) from error  # fmt: skip
    return digest


def read_soil_state(path: str | Path, *, like: Any = None, time: np.datetime64 | None = None) -> xr.Dataset:
    """Read a state, whole and unchanged.

    Parameters
    ----------
    path : path
    like : Dataset, DataArray or Grid, optional
        Whose cells it must have.
    time : datetime64, optional
        Instant (UTC) at which the run goes on: a state of another hour is refused, since rain would be missed or
        counted twice.

    Raises
    ------
    SourceError
        Missing or unreadable.
    DataError
        Not a state, cut off, or changed since it was written.
    CoverageError
        Of another grid or another hour.
    """
    where = str(path)
    try:
        with Path(path).open("rb") as file:
            head = _head(file.readline(_LONGEST_HEAD), where)
            rows, columns = head["shape"]
            axes = [_array(file, (n,), "<f8", where) for n in (rows, columns)]
            arrays = [_array(file, (rows, columns), "<f4", where) for _ in head["variables"]]
            rest = file.read(1)
    except OSError as error:
        raise SourceError(
            "the soil state could not be read", where=where, expected="a readable file",
            found=error.strerror or type(error).__name__, remedy="check the path and its permissions",
        ) from error  # fmt: skip
    if rest or _digest(head, [*axes, *arrays]) != head["sha256"]:
        raise DataError(
            "the soil state is not as it was written", where=where, expected=f"SHA-256 {head['sha256'][:12]}...",
            found="other bytes", remedy="take the state of an earlier cycle",
        )  # fmt: skip
    state = xr.Dataset(
        {
            name: (("y", "x"), array, {"units": "mm"})
            for name, array in zip(head["variables"], arrays, strict=True)
        },
        coords={
            "y": axes[0],
            "x": axes[1],
            "time": np.datetime64(head["time"].removesuffix("Z")).astype("datetime64[ns]"),
        },
        attrs={"constants": head["constants"], "method": head["method"]},
    )
    _require_state(state, where=where)
    _require_place(state, like, where)
    if time is not None and state["time"].values != time.astype("datetime64[ns]"):
        raise CoverageError(
            "a soil state of another hour", where=where, expected=f"{time.astype('datetime64[s]')} UTC",
            found=head["time"], remedy="let in the rain between the two hours, or take the state of that hour",
        )  # fmt: skip
    return state


def _head(line: bytes, where: str) -> dict[str, Any]:
    try:
        head = json.loads(line)
        rows, columns = head["shape"]
        sound = head["what"] == _MAGIC and rows * columns > 0 and len(head["variables"]) < 100
        texts = [head[key] for key in ("time", "constants", "method", "sha256")]
        np.datetime64(head["time"].removesuffix("Z"))
    except (ValueError, KeyError, TypeError, AttributeError):
        sound, texts = False, []
    if not sound or not all(isinstance(text, str) for text in texts) or min(rows, columns) < 1:
        raise DataError(
            "not a soil state", where=where, expected="a file that write_soil_state wrote",
            found=repr(line[:40]), remedy="give the file of the last cycle",
        )  # fmt: skip
    if head.get("format") != _FORMAT:
        raise DataError(
            "a soil state of another version", where=where, expected=f"format {_FORMAT}",
            found=str(head.get("format")), remedy="start anew, or use the version that wrote it",
        )  # fmt: skip
    return dict(head)


def _array(file: Any, shape: tuple[int, ...], kind: str, where: str) -> np.ndarray:
    """Read in pieces: a header that lies about its size costs no memory."""
    wanted = int(np.prod(shape, dtype=np.int64)) * np.dtype(kind).itemsize
    found = bytearray()
    while len(found) < wanted:
        piece = file.read(min(_CHUNK, wanted - len(found)))
        if not piece:
            raise DataError(
                "the soil state is cut off", where=where, expected=f"{wanted} bytes of an array",
                found=str(len(found)), remedy="take the state of an earlier cycle",
            )  # fmt: skip
        found += piece
    return np.frombuffer(found, kind).reshape(shape)


def _digest(head: dict[str, Any], arrays: list[np.ndarray]) -> str:
    """SHA-256 of the header's facts and the arrays."""
    facts = {key: value for key, value in head.items() if key != "sha256"}
    total = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for array in arrays:
        total.update(array.data.cast("B"))
    return total.hexdigest()


def _require_state(state: xr.Dataset, *, where: str) -> None:
    wrong = [n for n in (*STATE_VARIABLES, "y", "x", "time") if n not in state.variables]
    wrong += [n for n in ("constants", "method") if n not in state.attrs]
    wrong += [
        str(n) for n, v in state.data_vars.items() if set(v.dims) != {"y", "x"} or v.dtype != np.float32
    ]
    if wrong:
        raise DataError(
            "not a soil state", where=where, expected="float32 tanks (y, x), a time, constants and method",
            found=f"{wrong[0]} missing or of another form", remedy="make it with riskmap.hazard.runoff.soil_state",
        )  # fmt: skip
    for name in STATE_VARIABLES:
        if (state[name].values < 0).any():
            raise DataError(
                "negative water in the soil", where=f"{where}, {name}", expected="0 mm or more", found=str(
                    float(state[name].min())), remedy="start anew from an earlier state",
            )  # fmt: skip


def _require_place(state: xr.Dataset, like: Any, where: str) -> None:
    if like is None:
        return
    wanted = (
        (like.latitude, like.longitude) if hasattr(like, "latitude") and not isinstance(like, xr.Dataset | xr.DataArray)
        else (like["y"].values, like["x"].values)
    )  # fmt: skip
    for name, theirs in zip(("y", "x"), wanted, strict=True):
        ours = state[name].values
        if len(ours) != len(theirs) or not np.allclose(ours, theirs, rtol=0.0, atol=1e-9):
            raise CoverageError(
                "a soil state of another grid", where=f"{where}, {name}",
                expected=f"{len(theirs)} cells from {float(theirs[0])} to {float(theirs[-1])}",
                found=f"{len(ours)} cells from {float(ours[0])} to {float(ours[-1])}",
                remedy="take the state of this grid, or start anew",
            )  # fmt: skip
