"""A drill hour by hour (逐时清点): where everybody stood, county by county, in one page that opens without a network."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any, Final

import numpy as np
import shapely

from evac.drill import SYNTHETIC, Drill
from evac.privacy import suppress
from evac.progress import COLUMNS, Progress
from riskmap.assessment import Assessment
from riskmap.outlook import beijing
from riskmap.products.self_contained import require_self_contained
from riskmap.scale import DISCLAIMER, NO_DATA, Tier

_WIDTH: Final = 640.0
_SHOWN_TIERS: Final = {int(Tier.ORANGE): Tier.ORANGE.colour, int(Tier.RED): Tier.RED.colour}
GROUPS: Final = (
    ("已转移", ("sheltered", "dispersed", "ashore", "medical")),
    ("", ("returned",)),
    ("", ("in_transit",)),
    ("未转移", ("not_notified", "notified", "refused")),
    ("", ("left",)),
    ("", ("missing",)),
    ("", ("deceased",)),
)
"""Columns of the table under their common heads, in the order of the sum."""


def build_hours(
    assessment: Assessment,
    drill: Drill,
    run: Mapping[str, Any],
    *,
    pendants: bool = True,
    forms: Sequence[str] = (),
) -> str:
    """The page.

    Parameters
    ----------
    assessment : Assessment
        Outlines and tiers.
    drill : Drill
        From ``evac.drill.run_drill``.
    run : mapping
        ``run.json`` of the published run; ``event`` and ``marks`` are shown where they are there.
    pendants : bool
        Whether ``pendants.pdf`` lies beside the page.
    forms : sequence of str
        Filled forms that lie beside the page, by file name.

    Returns
    -------
    str
        HTML with a content-security policy that forbids every connection.

    Raises
    ------
    OutsideReferenceError
        The page would load something from outside itself.
    """
    data = page_data(assessment, drill)
    folder = files("evac") / "templates"
    style = (folder / "hours.css").read_text(encoding="utf-8")
    script = (folder / "hours.js").read_text(encoding="utf-8")
    slots = {
        "policy": _policy(style, script),
        "style": style,
        "script": script,
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        "synthetic_zh": escape(SYNTHETIC[0]),
        "synthetic_en": escape(SYNTHETIC[1]),
        "disclaimer": escape(" · ".join(DISCLAIMER)),
        "event": escape(_event(run)),
        "issued": escape(beijing(assessment.issued_at)),
        "marks": "".join(f"<span class=mark>{escape(mark)}</span>" for mark in _marks(run)),
        "map": _map(assessment, drill),
        "head": _head(),
        "pendants": '<a href="pendants.pdf">吊牌打印样张 pendants.pdf</a>'
        if pendants
        else "<span>吊牌未生成 pendants left out</span>",
        "forms": _forms(forms),
        "check": _check(drill),
        "empty": "" if drill.roster.counties else _EMPTY,
        "filled": "" if drill.roster.counties else " hidden",
    }
    page = (folder / "hours.html").read_text(encoding="utf-8")
    before, *parts = page.split("{{")
    page = before + "".join(slots[name] + rest for name, rest in (part.split("}}", 1) for part in parts))
    require_self_contained(page, page="hours")
    return page


_EMPTY: Final = (
    '<section class="card empty"><h2>本次研判无橙色或红色县(市、区)</h2><p>无人需要转移,演练名单为空。 '
    "No county is at orange or red in this window: nobody has to move, and the drill's list is empty.</p></section>"
)


def _forms(files: Sequence[str]) -> str:
    """Links to the filled forms; the other forms are a command away."""
    links = [f'<a href="{escape(name)}">{escape(name.rpartition("/")[2])}</a>' for name in sorted(files)]
    return f"<span>报表 {' · '.join(links)}</span>" if links else ""


def page_data(assessment: Assessment, drill: Drill) -> dict[str, Any]:
    """What the page's script moves through: hours, counties, counts, labels of the map.

    The table is exact and for the command's own use; the map, which gets passed on, hides counts below ten.
    """
    progress = drill.progress
    counties = drill.roster.counties
    row = {region.code: n for n, region in enumerate(assessment.regions)}
    tiers = assessment.combined[:, [row[region.code] for region in counties]]
    # hours after the window are nobody's forecast: no data, and never green
    beyond = np.full((len(progress.hours) - len(tiers), tiers.shape[1]), NO_DATA, tiers.dtype)
    tiers = np.concatenate([tiers, beyond])
    return {
        "hours": [beijing(hour) for hour in progress.hours],
        "columns": [column.value for column in COLUMNS],
        "names": [column.chinese for column in COLUMNS],
        "counties": [[r.code, r.name, r.city_name] for r in counties],
        "counts": progress.counts.tolist(),
        "due": progress.due.tolist(),
        "waiting": progress.waiting.tolist(),
        "notSafe": progress.not_safe.tolist(),
        "tiers": tiers.tolist(),
        "headline": progress.headline.tolist(),
        "labels": _labels(progress),
        "tierColours": _SHOWN_TIERS,
        "tierWords": {int(tier): tier.chinese for tier in Tier},
    }


def _labels(progress: Progress) -> list[list[str]]:
    """Numbers for the map: persons not yet safe; small ones hidden."""
    labels = []
    for counts in progress.not_safe:
        shown = suppress({code: int(n) for code, n in zip(progress.counties, counts)})
        labels.append(
            [("<10" if n < 10 else "·") if shown[code] is None else str(n)
             for code, n in zip(progress.counties, (int(c) for c in counts))]
        )  # fmt: skip
    return labels


def _policy(style: str, script: str) -> str:
    def digest(text: str) -> str:
        return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    return (
        f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _event(run: Mapping[str, Any]) -> str:
    event = run.get("event")
    if not isinstance(event, Mapping):
        return str(event or "台风演练")
    return " ".join(str(event[key]) for key in ("number", "chinese", "name") if event.get(key))


def _marks(run: Mapping[str, Any]) -> list[str]:
    """The run's marks: a list, or lists by kind of run, of texts or (Chinese, English)."""
    marks = run.get("marks") or []
    if isinstance(marks, Mapping):
        marks = marks.get("forecast") or []
    return [mark if isinstance(mark, str) else str(next(iter(mark), "")) for mark in marks]


def _check(drill: Drill) -> str:
    checked, sent, received = drill.record["reconciled"], drill.record["sent"], drill.record["received"]
    return escape(
        f"与演练真值逐格核对一致({checked['cells_compared']:,} 格);登记事件 {checked['events']:,} 条,"
        f"重复上报 {received['repeated']:,} 条(未重复计数),离线补传 {sent['by_mode']['offline']:,} 条,"
        f"时钟不准设备 {sent['devices_with_wrong_clock']} 台,无效码拒收 {sum(n for k, n in sent['rejected_codes'].items() if k.islower())} 次;"
        f"日志链首 {checked['chain_head'][:16]}"
    )


def _head() -> str:
    """Two rows of column heads; a column of its own spans both."""
    words = {column.value: column.chinese for column in COLUMNS}
    top = ["<th rowspan=2 class=name scope=col>县(市、区)</th><th rowspan=2 scope=col>应转移</th>"]
    low = []
    for group, names in GROUPS:
        if not group:
            top.append(f"<th rowspan=2 scope=col>{words[names[0]]}</th>")
            continue
        top.append(f'<th colspan={len(names)} scope=colgroup class="group {names[0]}">{group}</th>')
        low += [f"<th scope=col>{words[name]}</th>" for name in names]
    top.append("<th rowspan=2 scope=col>尚未安全</th><th rowspan=2 scope=col>核对</th>")
    return f"<tr>{''.join(top)}</tr><tr>{''.join(low)}</tr>"


def _map(assessment: Assessment, drill: Drill) -> str:
    """Outlines as SVG: plate carrée, widths shrunk by the cosine of the middle latitude."""
    regions = assessment.regions
    west, south, east, north = shapely.total_bounds([region.geometry for region in regions])
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = (_WIDTH - 20) / ((east - west) * squeeze)
    height = (north - south) * scale + 20

    def project(points: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
        return [((x - west) * squeeze * scale + 10, (north - y) * scale + 10) for x, y in points]

    listed = {region.code: n for n, region in enumerate(drill.roster.counties)}
    paths, labels = [], []
    for region in regions:
        n = listed.get(region.code)
        extra = "" if n is None else f' data-n="{n}" tabindex="0" role="button"'
        paths.append(
            f'<path class="{"off" if n is None else "on"}"{extra} d="{_path(region.geometry, project)}">'
            f"<title>{escape(region.name)}</title></path>"
        )
        if n is not None:
            largest = max(getattr(region.geometry, "geoms", [region.geometry]), key=lambda part: part.area)
            spot = largest.representative_point()
            ((x, y),) = project([(spot.x, spot.y)])
            wide = math.sqrt(largest.area * squeeze) * scale
            labels.append(
                f'<text data-l="{n}" x="{x:.1f}" y="{y:.1f}" class="{"big" if wide > 30 else "small"}"></text>'
            )
    return (
        f'<svg id=map viewBox="0 0 {_WIDTH:.0f} {height:.0f}" role="img" aria-label="各县尚未安全人数">'
        f"{''.join(paths)}{''.join(labels)}</svg>"
    )


def _path(geometry: Any, project: Any) -> str:
    """Path of a polygon's rings to a tenth of a pixel; points that fall together are dropped."""
    found = []
    for part in getattr(geometry, "geoms", [geometry]):
        for ring in (part.exterior, *part.interiors):
            points = list(dict.fromkeys(f"{x:.1f} {y:.1f}" for x, y in project(ring.coords)))
            if len(points) > 2:
                found.append("M" + "L".join(points) + "Z")
    return "".join(found)
