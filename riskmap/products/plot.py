"""A still map of the tiers with matplotlib: for notebooks, letters and print.

The tier is told three times, by colour, by hatch and by number, so that it survives a grey print: red and blue are
equally dark there.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from riskmap.assessment import Assessment, worst_tier
from riskmap.errors import DataError, MissingExtraError
from riskmap.outlook import Outlook, beijing
from riskmap.products.typeset import bundled_fonts
from riskmap.region import Region
from riskmap.scale import DISCLAIMER, HAZARD_WORDS, NO_DATA, NO_DATA_COLOUR, NO_DATA_WORDS, Tier, hazard_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OUTLINE: Final = "#444444"

HATCHES: Final = {Tier.RED: "xxxx", Tier.ORANGE: "////", Tier.YELLOW: "---", Tier.BLUE: "...", Tier.GREEN: ""}
"""Every two differ in form, not only in density."""

NAMED: Final = 20
"""So many regions at most carry their names beside the number."""

SIZE: Final = (8.0, 7.0)
"""Of a figure of one's own [inches]."""

ELSEWHERE: Final = "#FFFFFF"
"""Fill of a region where the hazard cannot be."""

_MARK: Final = "#A00018"


def plot_tiers(
    found: Assessment | Outlook, hour: int | None = None, hazard: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the tiers of all regions.

    Parameters
    ----------
    found : Assessment or Outlook
        An outlook also brings its event and what every product must say (回放, 模拟预报).
    hour : int, optional
        Index into the valid hours; the worst of the window where None, as it is published.
    hazard : str, optional
        Hazard id; the combined tier where None.
    ax : Axes, optional
        Where to draw; axes of a figure of their own (8 by 7 inches) where None.

    Returns
    -------
    Axes
        Longitude and latitude [degrees], with title, legend and disclaimer.

    Raises
    ------
    MissingExtraError
        matplotlib or the bundled Chinese font is not installed.
    DataError
        No such hour, or the hazard was not assessed.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import riskmap as rm
    >>> hours = np.datetime64("2021-07-25T00", "ns") + np.arange(6) * np.timedelta64(1, "h")
    >>> grid = rm.Grid.from_bounds(west=122, south=29.8, east=122.6, north=30.2, step=0.1)
    >>> rain = xr.DataArray(40.0, {"time": hours, **grid.coordinates}, ("time", "y", "x"), attrs={"units": "mm"})
    >>> found = rm.assess(rm.rain_sums(rain))
    >>> axes = plot_tiers(found, hazard="rain")  # axes.figure.savefig("rain.pdf") keeps it
    >>> print(axes.get_title())
    暴雨风险五色图
    时段内最高等级
    """
    assessment = found.assessment if isinstance(found, Outlook) else found
    tiers = chosen_tiers(assessment, hour, hazard)
    font = _font()
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(figsize=SIZE, layout="constrained").subplots()
    _draw_regions(ax, assessment.regions, tiers)
    _number(ax, assessment.regions, tiers, font)
    _legend(ax, tiers, font)
    _frame(ax, assessment.regions)
    event = f"台风“{found.event.chinese}”({found.event.number}) " if isinstance(found, Outlook) else ""
    what = hazard_words(hazard, example=hazard in assessment.apart) if hazard else HAZARD_WORDS["combined"]
    when = "时段内最高等级" if hour is None else f"{beijing(assessment.valid_at[hour])}(北京时间)"
    ax.set_title(f"{event}{what[0]}风险五色图\n{when}", fontproperties=font, fontsize=13)
    marks = [chinese for chinese, _ in found.marks] if isinstance(found, Outlook) else []
    said = " · ".join([DISCLAIMER[0], *marks, f"起报 {beijing(assessment.issued_at)}", "审图号:(待填)"])
    ax.set_xlabel(said, fontproperties=font, fontsize=9, color=_MARK)
    return ax


def tiers_picture(
    found: Assessment | Outlook,
    hour: int | None = None,
    hazard: str | None = None,
    *,
    form: Literal["png", "svg", "pdf"] = "png",
    dpi: float = 150.0,
) -> bytes:
    """The map of ``plot_tiers`` as a file.

    Parameters
    ----------
    found, hour, hazard
        As in ``plot_tiers``.
    form : 'png', 'svg' or 'pdf'
    dpi : float
        Pixels an inch of a PNG.

    Returns
    -------
    bytes
        Without a date, so that the same arguments and the same matplotlib give the same bytes.
    """
    _font()  # names the extra where it is missing
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    nameless: dict[str, dict[str, Any]] = {
        "png": {"Software": None}, "svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None},
    }  # fmt: skip
    out = io.BytesIO()
    with rc_context({"svg.hashsalt": "riskmap", "svg.fonttype": "path", "pdf.fonttype": 42}):
        figure = Figure(figsize=SIZE, layout="constrained")
        plot_tiers(found, hour, hazard, ax=figure.subplots())
        figure.savefig(out, format=form, dpi=dpi, metadata=nameless[form])
    return out.getvalue()


def chosen_tiers(assessment: Assessment, hour: int | None, hazard: str | None) -> NDArray[np.int8]:
    """Tiers of one hour or of the window, combined or of one hazard; shape (region,).

    Raises
    ------
    DataError
        No such hour, or the hazard was not assessed.
    """
    hours = len(assessment.valid_at)
    if hour is not None and not 0 <= hour < hours:
        raise DataError(
            "no such hour", where="hour", expected=f"0 to {hours - 1}", found=str(hour), remedy="see valid_at"
        )
    if hazard is None:
        return np.asarray(assessment.published_worst if hour is None else assessment.combined[hour])
    if hazard not in assessment.hazards:
        why = assessment.lacking.get(hazard)
        raise DataError(
            f"{hazard} was not assessed", where="hazard", expected=", ".join(assessment.hazards),
            found=why or repr(hazard), remedy="give the input" if why else "take one of those",
        )  # fmt: skip
    table = assessment.table["tier"].values[assessment.hazards.index(hazard)]
    return worst_tier(table) if hour is None else np.asarray(table[hour])


def _font() -> Any:
    """The bundled Chinese font, for single texts: nothing global is changed."""
    try:
        from matplotlib.font_manager import FontProperties
    except ImportError as error:
        raise MissingExtraError(
            "matplotlib is not installed", where="plot_tiers", expected="the extra `plot`",
            remedy="pip install 'riskmap[plot]'",
        ) from error  # fmt: skip
    bundled_fonts()  # names the extra where it is missing
    from pylopdf_fonts_zh_cn import sans_path

    return FontProperties(fname=str(sans_path()))


def _draw_regions(ax: Axes, regions: Sequence[Region], tiers: NDArray[np.int8]) -> None:
    from matplotlib.collections import PathCollection

    for code in sorted(set(tiers.tolist())):
        tier = Tier(code) if code >= 0 else None
        colour = tier.colour if tier is not None else NO_DATA_COLOUR if code == NO_DATA else ELSEWHERE
        paths = [_path(r) for r, c in zip(regions, tiers.tolist(), strict=True) if c == code]
        ax.add_collection(PathCollection(paths, facecolor=colour, edgecolor="none"))
        if tier is not None and HATCHES[tier]:
            ax.add_collection(
                PathCollection(
                    paths, facecolor="none", edgecolor=(0, 0, 0, 0.38), linewidth=0.0, hatch=HATCHES[tier]
                )
            )
    # above the hatches, or neighbours of one tier would run together
    ax.add_collection(
        PathCollection([_path(r) for r in regions], facecolor="none", edgecolor=OUTLINE, linewidth=0.9)
    )


def _path(region: Region) -> Any:
    """All rings of a region; holes run the other way round, so that they stay empty."""
    import shapely
    from matplotlib.path import Path

    corners, codes = [], []
    for part in shapely.get_parts(shapely.orient_polygons(region.geometry)):
        for ring in (part.exterior, *part.interiors):
            points = shapely.get_coordinates(ring)
            corners.append(points)
            codes += [Path.MOVETO, *[Path.LINETO] * (len(points) - 2), Path.CLOSEPOLY]
    return Path(np.concatenate(corners), codes)


def _number(ax: Axes, regions: Sequence[Region], tiers: NDArray[np.int8], font: Any) -> None:
    """The tier's number in every region, and its name where there are few."""
    import shapely
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=2.0, foreground="white")]
    for region, code in zip(regions, tiers.tolist(), strict=True):
        if code < NO_DATA:
            continue
        largest = max(shapely.get_parts(region.geometry), key=lambda part: part.area)
        point = shapely.point_on_surface(largest)
        text = str(code) if code >= 0 else "–"
        if len(regions) <= NAMED:
            text = f"{region.name}\n{text}"
        ax.text(
            point.x, point.y, text, fontproperties=font, fontsize=8 if len(regions) > NAMED else 10, ha="center",
            va="center", path_effects=halo, zorder=5, clip_on=True,
        )  # fmt: skip


def _legend(ax: Axes, tiers: NDArray[np.int8], font: Any) -> None:
    """Five tiers and grey with their numbers of regions, whether they occur or not."""
    from matplotlib.patches import Patch

    rows = [
        Patch(
            facecolor=tier.colour, edgecolor=OUTLINE, hatch=HATCHES[tier] or None,
            label=f"{int(tier)} {tier.chinese} {tier.risk_words}:{int((tiers == tier).sum())} 个",
        )
        for tier in reversed(Tier)
    ]  # fmt: skip
    unknown = f"– {NO_DATA_WORDS[0]}:{int((tiers == NO_DATA).sum())} 个"
    rows.append(Patch(facecolor=NO_DATA_COLOUR, edgecolor=OUTLINE, label=unknown))
    legend = ax.legend(handles=rows, loc="lower right", framealpha=0.9, handlelength=2.2, handleheight=1.4)
    for label in legend.get_texts():
        label.set_fontproperties(font)
        label.set_fontsize(9)


def _frame(ax: Axes, regions: Sequence[Region]) -> None:
    import shapely

    west, south, east, north = shapely.total_bounds([region.geometry for region in regions])
    margin = 0.04 * max(east - west, north - south)
    ax.set_xlim(west - margin, east + margin)
    ax.set_ylim(south - margin, north + margin)
    ax.set_aspect(1.0 / math.cos(math.radians((south + north) / 2)))
    ax.tick_params(labelsize=8)
    ax.xaxis.set_major_formatter("{x:g}°E")
    ax.yaxis.set_major_formatter("{x:g}°N")
