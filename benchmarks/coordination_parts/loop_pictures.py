"""``python -m benchmarks.coordination_parts.loop_pictures out/in-fa``: draws two pictures of the documentation from a demo's exercise.

``closed_loop.svg``: when each receiver of the letters answered, and the steps about those who did not; ``plan_an_evacuation.svg``: one
county's invented roads, villages, shelters, and who goes where.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from datetime import timedelta
from html import escape
from pathlib import Path

import numpy as np

from benchmarks.harness import ROOT
from evac.exercise.roads import ROADS, closed_in_zones
from evac.exercise.transfer_plan import PLACES, SHELTERS
from evac.orders.task_desk import TaskDesk
from evac.plan.clearance_page import map_svg
from evac.plan.road_files import read_roads
from evac.plan.run_dangers import known_dangers
from evac.store.opening_documents import ladder_of, open_document_log
from riskmap.io.json_file import read_json
from riskmap.io.published import ASSESSMENT_FILE, read_assessment
from riskmap.outlook import beijing

IMAGES = ROOT / "docs" / "images"
WIDE, ROW, LEFT = 860, 15, 150
SHOWN = 24
HOUR = 60.0
RUNGS = {
    "reminder": "#5B8DB8",
    "call": "#E0A526",
    "order": "#B0303F",
    "video": "#7A4FA3",
    "team": "#333",
    "notice": "#000",
}
WORDS = {
    "reminder": "催办 reminder",
    "call": "电话提醒 call",
    "order": "督办单 order",
    "video": "视频抽查 video",
}


def loop_picture(folder: Path) -> str:
    """A row a county: from sending to the answer, and every step on the way; the silent ones first."""
    log = open_document_log(folder / "documents.sqlite", new=False)
    try:
        tasks = [t for t in TaskDesk(log, ladder=ladder_of(folder / "offices.csv")).book().tasks.values()
                 if t.terms.signed.type == "risk_notice" and t.acting and t.terms.level == "county"]  # fmt: skip
    finally:
        log.close()
    chosen = sorted(tasks, key=lambda t: (-sum(map(len, t.steps.values())), t.terms.signed.region))[:SHOWN]
    high = 46 + ROW * len(chosen) + 26
    start = min(t.sent_at for t in chosen if t.sent_at)

    def x(at) -> float:
        return LEFT + (WIDE - LEFT - 20) * min((at - start) / timedelta(minutes=1), HOUR) / HOUR

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDE}" height="{high}" fill="white"/>',
           f'<text x="10" y="16" font-size="14">演练 exercise: 风险告知函发出至叫应 from sending to the answer, {len(chosen)} of {len(tasks)} counties</text>']  # fmt: skip
    for n, rung in enumerate(WORDS):
        out.append(
            f'<circle cx="{LEFT + 8 + n * 150}" cy="31" r="4" fill="{RUNGS[rung]}"/><text x="{LEFT + 18 + n * 150}" y="35">{WORDS[rung]}</text>'
        )
    for minute in range(0, int(HOUR) + 1, 10):
        at = x(start + timedelta(minutes=minute))
        out.append(
            f'<path d="M{at:.1f} 42V{high - 22}" stroke="#e2e6ea"/><text x="{at:.1f}" y="{high - 8}" text-anchor="middle">{minute} min</text>'
        )
    for n, task in enumerate(chosen):
        y = 52 + n * ROW
        assert task.sent_at is not None
        end = x(task.received_at) if task.received_at else x(start + timedelta(minutes=HOUR))
        late = bool(task.steps.get(("answer", 0)))
        out.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(task.terms.name)}</text>'
                   f'<path d="M{x(task.sent_at):.1f} {y}H{end:.1f}" stroke="{"#C9A0A6" if late else "#A9BAC8"}" stroke-width="8"/>')  # fmt: skip
        out += [
            f'<circle cx="{x(s.at):.1f}" cy="{y}" r="4" fill="{RUNGS[s.rung]}"/>'
            for s in task.steps.get(("answer", 0), ())
        ]
        out.append(
            f'<text x="{end + 6:.1f}" y="{y + 4}">{beijing(task.received_at)[11:] if task.received_at else ""}</text>'
        )
    return "\n".join([*out, "</svg>\n"])


def plan_picture(folder: Path) -> str:
    """The county's roads by how many travel them, villages and shelters, and a line for each pair between which people go."""
    county = str(read_json(folder / "loop.json")["clearance"]["county"])
    assessment = read_assessment(folder.parent / ASSESSMENT_FILE)
    outlines = known_dangers(folder.parent, assessment=assessment).outlines
    network = closed_in_zones(read_roads(folder / ROADS), outlines, assessment.region(county))
    villages = {
        r["村代码"]: (float(r["经度"]), float(r["纬度"]))
        for r in _rows(folder / PLACES)
        if r["村代码"].startswith(county)
    }
    shelters = {
        r["编号"]: (float(r["经度"]), float(r["纬度"]))
        for r in _rows(folder / SHELTERS)
        if r["县代码"] == county
    }
    shut = {
        r["shelter_id"]
        for r in _rows(folder / "allocation" / "shelters.csv")
        if r["state"].startswith("关闭")
    }
    going: Counter[tuple[str, str]] = Counter()
    for row in _rows(folder / "allocation" / "homes.csv"):
        if row["county"] == county:
            going[row["key"].partition("|")[0], row["shelter_id"]] += int(row["people"])
    marks = np.array([*villages.values(), *shelters.values()])
    roads = map_svg(network, np.zeros(network.links), np.empty((0, 2)), width=WIDE)
    height = int(roads.split('viewBox="0 0 ')[1].split('"')[0].split()[1])
    spots = _spots(network, marks)
    where = dict(zip([*villages, *shelters], spots, strict=True))
    most = max(going.values(), default=1)
    body = [
        f'<path d="M{where[a][0]:.1f} {where[a][1]:.1f}L{where[b][0]:.1f} {where[b][1]:.1f}" stroke="#5b3fa0" stroke-opacity=".75" stroke-width="{1.5 + 5 * n / most:.1f}"/>'
        for (a, b), n in sorted(going.items())
    ]
    body += [
        f'<circle cx="{where[v][0]:.1f}" cy="{where[v][1]:.1f}" r="6" fill="#E0A526" stroke="#16202c"/>'
        for v in villages
    ]
    for s in shelters:
        x, y = where[s]
        body.append(
            f'<rect x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12" fill="{"#fff" if s in shut else "#16202c"}" stroke="{"#B0303F" if s in shut else "#16202c"}" stroke-width="2"/>'
        )
    people = sum(going.values())
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {height + 50}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDE}" height="{height + 50}" fill="white"/>',
        f'<text x="20" y="20" font-size="14">演练 exercise, 示例路网 invented roads: {people} people of {len(villages)} villages (circles) to {len(shelters)} shelters</text>',
        '<text x="20" y="38">实心 open, 空心 closed: inside an orange or red zone; 粗线 many people</text>',
        f'<svg y="44" width="{WIDE}" height="{height}">{roads}<svg viewBox="0 0 {WIDE} {height}" width="{WIDE}" height="{height}">{"".join(body)}</svg></svg>',
        "</svg>\n",
    ]).replace("<polyline", "\n<polyline")  # fmt: skip


def _spots(network, marks):
    """Points on the picture that ``map_svg`` draws: the same corners, squeeze and scale."""
    low, high = network.points.min(axis=0), network.points.max(axis=0)
    squeeze = np.array([np.cos(np.radians((low[1] + high[1]) / 2)), 1.0])
    scale = (WIDE - 40) / float(((high - low) * squeeze).max())
    return np.stack(
        [20 + (marks[:, 0] - low[0]) * squeeze[0] * scale, 20 + (high[1] - marks[:, 1]) * scale], axis=1
    ).tolist()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def main(arguments: list[str]) -> int:
    """Write both pictures."""
    folder = Path(arguments[0] if arguments else "out/in-fa") / "loop"
    (IMAGES / "closed_loop.svg").write_text(loop_picture(folder), encoding="utf-8")
    (IMAGES / "plan_an_evacuation.svg").write_text(plan_picture(folder), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
