"""The five-colour map where one works: shown in a notebook's cell, or saved as one file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
import xarray as xr

from riskmap.assessment import Assessment
from riskmap.errors import DataError
from riskmap.hazard.wind import wind_circles
from riskmap.io.basemap import read_basemap
from riskmap.io.durable import replace_file
from riskmap.io.toml_file import read_text
from riskmap.outlook import Event, Outlook
from riskmap.products.map import build_map
from riskmap.track import complete

RAIN_AS_GIVEN = ("雨量为给定的场", "Rain as it was given")


@dataclass(frozen=True)
class MapPage:
    """One self-contained page, which shows itself in a notebook.

    Attributes
    ----------
    html : str
        The page; it loads nothing from anywhere.
    height : int
        Of its frame in a notebook [pixels].
    """

    html: str
    height: int = 600

    def save(self, path: str | Path) -> Path:
        """Write the page; a file of that name is replaced whole.

        Raises
        ------
        SourceError
            The disk is full, or the folder not writable.
        """
        replace_file(Path(path), self.html)
        return Path(path)

    def __repr__(self) -> str:
        return f"<MapPage of {len(self.html) / 1e6:.1f} MB; .save('map.html') writes it>"

    def _repr_html_(self) -> str:
        return f'<iframe srcdoc="{escape(self.html)}" width="100%" height="{self.height}"></iframe>'


def to_map(
    found: Assessment | Outlook | str | Path,
    track: xr.Dataset | None = None,
    *,
    chinese: str = "",
    marks: Sequence[tuple[str, str]] = (),
) -> MapPage:
    """The five-colour map of what was found, with a slider over its hours and the reasons on a click.

    Parameters
    ----------
    found : Assessment, Outlook or path
        A path is the folder of a published run, whose own map is shown.
    track : Dataset (time), optional
        The storm of an assessment, which the map shows beside its tiers; see ``riskmap.read_track``.
    chinese : str
        The storm's Chinese name, which tracks do not hold.
    marks : sequence of (Chinese, English)
        What the page must say, e.g. ``("回放", "Replay")`` of a past storm.

    Raises
    ------
    DataError
        An assessment without a track.
    SourceError
        The folder holds no map.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import riskmap as rm
    >>> hours = np.datetime64("2021-07-25T00", "ns") + np.arange(6) * np.timedelta64(1, "h")
    >>> grid = rm.Grid.from_bounds(west=122, south=29.8, east=122.6, north=30.2, step=0.1)
    >>> rain = xr.DataArray(40.0, {"time": hours, **grid.coordinates}, ("time", "y", "x"), attrs={"units": "mm"})
    >>> found = rm.assess(rm.rain_sums(rain))
    >>> track = rm.make_track(time=hours[[0, -1]], latitude=[29.6, 30], longitude=[122.4, 122], maximum_wind=[38, 36],
    ...                       averaging_period=600)
    >>> page = to_map(found, track, chinese="烟花", marks=[("回放", "Replay")])  # page.save("map.html") keeps it
    >>> "烟花" in page.html, "回放" in page.html
    (True, True)

    .. image:: /images/in-fa-map.png
       :alt: The map of the demo at hour 40, with the reasons of 定海区
    """
    if isinstance(found, str | Path):
        return MapPage(read_text(Path(found) / "map.html"))
    if isinstance(found, Assessment):
        found = _outlook(found, track, chinese, tuple(marks))
    return MapPage(build_map(found, read_basemap()))


def _outlook(
    assessment: Assessment, track: xr.Dataset | None, chinese: str, marks: tuple[tuple[str, str], ...]
) -> Outlook:
    if track is None:
        raise DataError(
            "the map shows a storm beside its tiers", where="to_map, track", expected="the track of the storm",
            remedy="give the track; riskmap.plot_tiers draws tiers alone",
        )  # fmt: skip
    storm, hours = complete(track), assessment.table["time"].values.astype("datetime64[s]")
    name = str(track.attrs.get("name", ""))
    return Outlook(
        kind="forecast", event=Event(str(track.attrs.get("number", "")), name, chinese or name),
        assessment=assessment, track=storm, marks=marks, circles=_circles(storm, hours), rain_note=RAIN_AS_GIVEN,
    )  # fmt: skip


def _circles(track: xr.Dataset, hours: np.ndarray) -> xr.Dataset | None:
    """Wind circles of every hour; none where the track does not cover all of them."""
    first, last = track["time"].values[[0, -1]]
    return wind_circles(track, hours) if first <= hours[0] and hours[-1] <= last else None
