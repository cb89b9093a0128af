"""A clearance as a page that needs no network, a table of batches and figures in JSON."""

from __future__ import annotations

import csv
import io
import json
from html import escape
from typing import Any, Final

import numpy as np

from evac.plan.clearance import Clearance, in_words
from evac.plan.roads import Condition, Numbers, RoadNetwork
from riskmap.products.table import cell

_WIDTH: Final = 860
_COLOURS: Final = {Condition.CLOSED: "#A00018", Condition.UNKNOWN: "#9A9A9A", Condition.SLOWED: "#6A7FB0"}
"""Never green: an open road is no promise."""
_TICKS: Final = 5
MODELLED: Final = (
    "模型计算,非实测:假定人人按计划出发,路上无事故,不计排队回溢",
    "Modelled, not observed: everybody follows the plan, no accident, no queue that blocks the crossing behind it",
)


def figures(done: Clearance) -> dict[str, Any]:
    """What a clearance says, for JSON."""
    network = done.network
    return {
        "modelled": True, "synthetic_roads": network.synthetic, "roads": network.source, "people": int(done.departures.people.sum()),
        "out": done.out, "finish_seconds": done.finish, "lower_bound_seconds": done.lower.seconds,
        "narrow_places": [network.name_of(link) for link in done.lower.links],
        "left": [{"name": line.name, "people": line.people, "why": line.why.value, "原因": line.why.chinese} for line in done.left],
        "people_over_roads_of_unknown_condition": _over(done, Condition.UNKNOWN), "slot_seconds": done.step,
        "condition": {c.name.lower(): int((network.condition == c).sum()) for c in Condition},
        "out_by_minute": done.out_by(np.arange(0, done.finish + 60, 60)).tolist(),
    }  # fmt: skip


def _over(done: Clearance, condition: Condition) -> int:
    """People whose way has at least one link of a condition."""
    on = (done.network.condition == condition)[done.link]
    sums = np.concatenate([[0], np.cumsum(on)])
    touched = sums[done.first[1:]] > sums[done.first[:-1]]
    return int(done.people[touched].sum())


def figures_json(done: Clearance) -> str:
    """``figures`` as text."""
    return json.dumps(figures(done), ensure_ascii=False, indent=1) + "\n"


def batches_csv(done: Clearance) -> str:
    """One line a batch: who, how many, when they leave and arrive [min], by which roads.

    Returns
    -------
    str
        After a byte-order mark, as an office opens it.
    """
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(["出发地", "人数", "出发分钟", "到达分钟", "终点节点", "道路", "模型"])
    for n in np.lexsort((done.group, done.leaves)):
        names = [done.network.name_of(int(link)) for link in done.link[done.first[n] : done.first[n + 1]]]
        roads = " > ".join(name for k, name in enumerate(names) if k == 0 or name != names[k - 1])
        writer.writerow([
            cell(done.departures.names[done.group[n]]), int(done.people[n]), round(float(done.leaves[n]) / 60, 1),
            round(float(done.arrives[n]) / 60, 1), int(done.goal[n]), cell(roads), "示例路网" if done.network.synthetic else "模型",
        ])  # fmt: skip
    return out.getvalue()


def map_svg(network: RoadNetwork, loads: Numbers | Any, marks: Numbers, *, width: int = _WIDTH) -> str:
    """Roads as wide as the people on them; closed ones dashed, unknown ones grey.

    Parameters
    ----------
    loads : array (link,)
        Persons; both directions of a road are added.
    marks : array (exit, 2) [degrees]
        Longitude, latitude of exits.
    """
    points = network.points
    low, high = points.min(axis=0), points.max(axis=0)
    squeeze = np.array([np.cos(np.radians((low[1] + high[1]) / 2)), 1.0])
    scale = (width - 40) / max(float(((high - low) * squeeze).max()), 1e-9)

    def place(where: Any) -> Any:
        return np.stack(
            [20 + (where[:, 0] - low[0]) * squeeze[0] * scale, 20 + (high[1] - where[:, 1]) * scale], axis=1
        )

    total = np.bincount(network.line, weights=loads, minlength=len(network.names))
    worst = np.full(len(network.names), int(Condition.CLOSED))
    np.minimum.at(worst, network.line, network.condition)  # a road with one direction open is open
    most = max(float(total.max(initial=0)), 1.0)
    height = int(40 + (high[1] - low[1]) * scale)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="sans-serif">'
    ]
    for n in np.argsort(total, kind="stable"):
        corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in place(network.line_points(int(n))))
        condition = Condition(int(worst[n]))
        colour = _COLOURS.get(condition, "#B8B0A0") if total[n] == 0 or condition in _COLOURS else "#1F4E9E"
        dash = ' stroke-dasharray="4 4"' if condition is Condition.CLOSED else ""
        title = escape(f"{network.names[n] or n}: {int(total[n]):,} 人 · {condition.chinese}")
        wide = 1.0 + 9.0 * total[n] / most
        parts.append(
            f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="{wide:.1f}"{dash}><title>{title}</title></polyline>'
        )
    parts += [
        f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="#000"/>' for x, y in place(marks)
    ]
    return "".join([*parts, "</svg>"])


def curve_svg(done: Clearance, *, width: int = _WIDTH, height: int = 300) -> str:
    """People out over time, with the lower bound."""
    end = max(done.finish, 1)
    at = np.linspace(0, end, 200)
    out, total = done.out_by(at), max(int(done.departures.people.sum()), 1)
    left, top, wide, high = 70, 20, width - 120, height - 60

    def xy(seconds: float, people: float) -> str:
        return f"{left + wide * seconds / end:.1f},{top + high * (1 - people / total):.1f}"

    bound = left + wide * done.lower.seconds / end
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="sans-serif" font-size="12">',
        f'<path d="M{left},{top} V{top + high} H{left + wide}" fill="none" stroke="#444"/>',
        f'<path d="M{bound:.1f},{top} V{top + high}" stroke="#A00018" stroke-dasharray="5 4"/>',
        f'<text x="{bound - 4:.1f}" y="{top + high - 10}" text-anchor="end" fill="#A00018">下限 lower bound {in_words(done.lower.seconds)}</text>',
        f'<polyline fill="none" stroke="#1F4E9E" stroke-width="2.5" points="{" ".join(xy(s, p) for s, p in zip(at, out, strict=True))}"/>',
    ]
    for k in range(_TICKS + 1):
        x, y = left + wide * k / _TICKS, top + high * (1 - k / _TICKS)
        parts.append(
            f'<text x="{x:.0f}" y="{top + high + 18}" text-anchor="middle">{in_words(end * k / _TICKS)}</text>'
        )
        parts.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{total * k // _TICKS:,}</text>')
    return "".join([*parts, "</svg>"])


def page(done: Clearance, exits: Numbers, notes: tuple[str, ...] = ()) -> str:
    """The page.

    Parameters
    ----------
    exits : array (exit, 2) [degrees]
        Longitude, latitude.
    notes : tuple of str
        Lines above the figures, such as what contraflow gains.
    """
    network = done.network
    marks = [*MODELLED] + (
        ["示例路网,非真实道路 · invented roads, none of them exists"] if network.synthetic else []
    )
    unknown = _over(done, Condition.UNKNOWN)
    lines = [
        f"转出 out {done.out:,} / {int(done.departures.people.sum()):,} 人",
        f"计划清空时间 schedule ends after {in_words(done.finish)};任何计划不早于 no schedule before {in_words(done.lower.seconds)}",
        "瓶颈 narrow places: "
        + (
            "、".join(dict.fromkeys(network.name_of(link) for link in done.lower.links))
            or "无 none: distance or readiness binds"
        ),
        *(
            [
                f"{unknown:,} 人途经情况不明的道路,出发前须现场核实 · pass roads of unknown condition: check on the spot first"
            ]
            if unknown
            else []
        ),
        *notes,
    ]
    rows = "".join(
        f"<tr><td>{escape(line.name)}</td><td>{line.people:,}</td><td>{escape(line.why.chinese)} · {line.why.value}</td></tr>"
        for line in done.left
    )
    left = (
        f"<h2>未能转出 Not brought out</h2><table><tr><th>地点</th><th>人数</th><th>原因</th></tr>{rows}</table>"
        if rows
        else ""
    )
    return "".join([
        '<!DOCTYPE html><html lang="zh"><meta charset="utf-8"><title>疏散清空 Clearance</title>',
        "<style>body{font:16px/1.6 sans-serif;max-width:900px;margin:1em auto;padding:0 1em}.mark{color:#A00018;font-weight:bold}"
        "table{border-collapse:collapse}td,th{border:1px solid #999;padding:2px 8px}svg{width:100%;height:auto}</style>",
        "<h1>疏散清空时间 Clearance</h1>", *(f'<p class="mark">{escape(mark)}</p>' for mark in marks),
        *(f"<p>{escape(line)}</p>" for line in lines), left,
        "<h2>转出人数 People out</h2>", curve_svg(done),
        "<h2>道路流量 Loads</h2><p>线宽为经过人数;红色虚线中断,灰色不明,黑方块为出口 · width: people; dashed red: closed; grey: unknown; black square: exit</p>",
        map_svg(network, done.loads(), exits), "</html>\n",
    ])  # fmt: skip
