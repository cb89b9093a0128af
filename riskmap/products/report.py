"""The readable side of a run: ``report.html`` and the front page ``index.html``.

Both are functions of what the run found; seconds and memory stand in ``timings.json`` alone, which the report links.
Neither loads anything from outside, and the report loads nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from riskmap.assessment import Assessment
from riskmap.outlook import Outlook, beijing, vortex_hours
from riskmap.products.changes import KINDS, changes
from riskmap.products.flood_table import flood_rows
from riskmap.products.held import held_of
from riskmap.products.letter_due import letters_due
from riskmap.products.letter_words import day_hour, people, quantity
from riskmap.products.probability import NOTE, notable
from riskmap.region import cities
from riskmap.rules import HazardRule
from riskmap.scale import DISCLAIMER, NO_DATA, NO_DATA_COLOUR, NO_DATA_WORDS, Tier, hazard_words
from riskmap.standing import COMBINED

if TYPE_CHECKING:
    from jinja2 import Environment

Links = Mapping[str, Mapping[str, str]]
"""Region code -> label (PDF, DOCX, CAP) -> path below the run's folder."""

LETTER_FILES: Final = {"PDF": "letter.pdf", "DOCX": "letter.docx", "CAP": "cap.xml"}
KIND_WORDS: Final = {"forecast": ("预报", "forecast"), "hindcast": ("事后分析", "hindcast")}
_DATA: Final = {
    "counties.csv": "县级一览表", "changes.csv": "与上期相比", "risk.csv": "风险指数表", "tiers.csv": "逐时等级与理由表",
    "levels.csv": "各级区域最高等级", "assets.csv": "设施等级表", "zones.geojson": "危险区", "inundation.csv": "淹没统计表",
    "assessment.json": "评估数据", "probability.csv": "大风概率", "surge.csv": "风暴增水", "run.json": "运行记录",
}  # fmt: skip
"""What other programs read, as both pages list it."""
_COLUMNS: Final = (
    *((tier.english, f"{int(tier)} {tier.chinese}", tier.colour) for tier in sorted(Tier, reverse=True)),
    ("no_data", NO_DATA_WORDS[0], NO_DATA_COLOUR),
    ("not_applicable", "不适用", "#FFFFFF"),
)
_COCKPIT_LINK: Final = '<a href="cockpit/index.html" target="view">指挥驾驶舱 Cockpit</a>'
_LOOP_LINK: Final = '<a href="loop/index.html" target="view">闭环演练 Closed loop</a>'
_COCKPIT_SLOT: Final = re.compile(r"<!--cockpit-->.*?<!--/cockpit-->", re.DOTALL)


def build_report(run: Mapping[str, Any], outlook: Outlook, *, letters: Links | None = None) -> str:
    """The run report as one HTML page.

    Parameters
    ----------
    run : mapping
        ``run.json``: ``inputs`` (key, file, sha256, and what the catalogue says), ``notes`` (key, said), ``versions``, ``counts``
        (kind -> hazard -> tier name -> regions), ``problems`` (where, what), ``landfall_at``. What is absent
        is left out.
    outlook : Outlook
        The forecast.
    letters : mapping, optional
        The letters that were written; where None, those that were due less those that ``problems`` names.

    Returns
    -------
    str
        Self-contained HTML; the same arguments give the same text.
    """
    view = _view(run, outlook, letters)
    counts = run.get("counts") or {}
    view |= {
        "inputs": [dict(entry) for entry in run.get("inputs", ())],
        "catalogued": any("owner" in entry or "as_of" in entry for entry in run.get("inputs", ())),
        "notes": [dict(entry) for entry in run.get("notes", ())],
        "versions": dict(run.get("versions", {})),
        "problems": [dict(entry) for entry in run.get("problems", ())],
        "lacking": [(hazard_words(h), why) for h, why in sorted(outlook.assessment.lacking.items())],
        "columns": _COLUMNS,
        "counts": [
            (KIND_WORDS.get(kind, (kind, kind)), _rows(table, outlook.assessment))
            for kind, table in counts.items()
        ],
        "rules": [_rule(rule, outlook.assessment) for rule in outlook.assessment.rules.values()],
        "table": list(_alarmed(outlook.assessment)),
        "changes": list(_changed(outlook.assessment)),
        "held": list(_held(outlook.assessment)),
        "chances": _chances(outlook),
        "flood": _flood(outlook),
        "vortex": list(vortex_hours(outlook).items()),
        "simulated": "simulated" in outlook.track.attrs,
        "seed": run.get("seed"),
    }
    return _environment().get_template("report.html.j2").render(view)


def build_index(
    run: Mapping[str, Any], outlook: Outlook, *, letters: Links | None = None, cockpit: bool = False
) -> str:
    """The front page: the map fills it, a slim bar links the rest.

    Parameters
    ----------
    run, outlook, letters
        As in ``build_report``.
    cockpit : bool
        Whether a drill has written ``cockpit/index.html``; see ``with_cockpit``.

    Returns
    -------
    str
        HTML with the map in a frame; the same arguments give the same text.
    """
    page = _environment().get_template("index.html.j2").render(_view(run, outlook, letters))
    return with_cockpit(page) if cockpit else page


def with_cockpit(page: str, *, loop: bool = False) -> str:
    """The front page with its link to the cockpit, which a drill writes after the page.

    Parameters
    ----------
    page : str
        What ``build_index`` gave; giving it a second time changes nothing.
    loop : bool
        Whether an exercise of the closed loop stands beside the cockpit.

    Examples
    --------
    >>> with_cockpit("<!--cockpit-->later<!--/cockpit-->")
    '<!--cockpit--><a href="cockpit/index.html" target="view">指挥驾驶舱 Cockpit</a><!--/cockpit-->'
    """
    links = f"{_COCKPIT_LINK}\n{_LOOP_LINK}" if loop else _COCKPIT_LINK
    return _COCKPIT_SLOT.sub(lambda _: f"<!--cockpit-->{links}<!--/cockpit-->", page)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("riskmap.products", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _view(run: Mapping[str, Any], outlook: Outlook, letters: Links | None) -> dict[str, Any]:
    """What both pages show."""
    assessment = outlook.assessment
    kinds = list(run.get("counts") or {"forecast": {}})
    missed = _missed(run)
    return {
        "event": outlook.event,
        "layer": outlook.layer,
        "issued_at": beijing(outlook.issued_at),
        "window": (beijing(assessment.valid_at[0]), beijing(assessment.valid_at[-1])),
        "landfalls": [
            (KIND_WORDS.get(kind, (kind, kind)), at)
            for kind, at in dict(run.get("landfall_at", {})).items()
            if at
        ]
        or ([(KIND_WORDS[outlook.kind], beijing(outlook.landfall_at))] if outlook.landfall_at else []),
        "marks": outlook.marks,
        "disclaimer": DISCLAIMER,
        "rain_note": outlook.rain_note,
        "map": "map.html" not in missed,
        "hindcast": "hindcast" in kinds and "hindcast/map.html" not in missed,
        "data": [(file, words, file not in missed) for file, words in _data(outlook)],
        "compared": beijing(assessment.earlier.issued_at) if assessment.earlier else "",
        "regions": len(assessment.regions),
        "cities": _cities(assessment, _links(run, assessment) if letters is None else letters),
        "worst": _worst_counts(assessment),
    }


def _data(outlook: Outlook) -> Iterator[tuple[str, str]]:
    """Name and meaning of each file for other programs that is due."""
    due = {
        "risk.csv": outlook.risk is not None, "assets.csv": bool(outlook.assessment.assets), "zones.geojson": bool(outlook.onsets),
        "inundation.csv": outlook.flood is not None, "surge.csv": outlook.surge is not None,
        "probability.csv": outlook.probability is not None,
    }  # fmt: skip
    return ((file, words) for file, words in _DATA.items() if due.get(file, True))


def _missed(run: Mapping[str, Any]) -> set[str]:
    """What the run says that it left out: no link leads there."""
    return {str(problem.get("where", "")) for problem in run.get("problems", ())}


def _links(run: Mapping[str, Any], assessment: Assessment) -> Links:
    """Letters that were due, less those that the run says it left out."""
    missed = _missed(run)
    return {
        code: {
            label: f"letters/{code}/{file}"
            for label, file in LETTER_FILES.items()
            if not {f"letters ({label})", f"letter {code} ({label})"} & missed
        }
        for code in letters_due(assessment)
    }


def _cities(assessment: Assessment, links: Links) -> list[dict[str, Any]]:
    """Cities that have letters, worst first, with their counties."""
    worst = _worst(assessment)
    top = {code: max(worst[r.code] for r in members) for code, members in cities(assessment.regions).items()}
    found = []
    for code, members in sorted(
        cities(assessment.regions).items(), key=lambda city: (-top[city[0]], city[0])
    ):
        counties = sorted((r for r in members if r.code in links), key=lambda r: (-worst[r.code], r.code))
        if code in links or counties:
            rows = [
                {"name": r.name, "chip": _chip(worst[r.code]), "links": _ordered(links[r.code])}
                for r in counties
            ]
            found.append(
                {
                    "name": members[0].city_name,
                    "chip": _chip(top[code]),
                    "links": _ordered(links.get(code, {})),
                    "counties": rows,
                }
            )
    return found


def _ordered(links: Mapping[str, str]) -> list[tuple[str, str]]:
    """PDF, DOCX, CAP, then anything else."""
    known = list(LETTER_FILES)
    return sorted(links.items(), key=lambda link: known.index(link[0]) if link[0] in known else len(known))


def _worst(assessment: Assessment) -> dict[str, int]:
    tiers = assessment.published_worst
    return {region.code: int(tier) for region, tier in zip(assessment.regions, tiers, strict=True)}


def _chip(tier: int) -> tuple[str, str]:
    """Label and colour of a tier."""
    if tier < Tier.GREEN:
        return NO_DATA_WORDS[0], NO_DATA_COLOUR
    return f"{tier} {Tier(tier).chinese}", Tier(tier).colour


def _worst_counts(assessment: Assessment) -> list[tuple[str, str, int]]:
    """Label, colour and number of regions by their worst combined tier."""
    worst = list(_worst(assessment).values())
    return [(*_chip(tier), worst.count(tier)) for tier in (4, 3, 2, 1, 0, -1)]


def _rows(
    table: Mapping[str, Mapping[str, int]], assessment: Assessment
) -> list[tuple[tuple[str, str], list[int]]]:
    return [
        (
            hazard_words(hazard, example=hazard in assessment.apart),
            [int(tiers.get(name, 0)) for name, _, _ in _COLUMNS],
        )
        for hazard, tiers in table.items()
    ]


def _alarmed(assessment: Assessment) -> Iterator[dict[str, Any]]:
    """Counties at orange or red with the reason, worst first."""
    worst = _worst(assessment)
    for region in sorted(assessment.regions, key=lambda r: (-worst[r.code], r.code)):
        if worst[region.code] < Tier.ORANGE:
            return
        found = assessment.worst_reasons(region.code)
        if not found:  # held from the cycles before, and nothing known now: the table of held tiers names it
            continue
        reason, peak = found[0]
        period = assessment.period(region.code, Tier.ORANGE)
        units = reason.metric.units
        yield {
            "code": region.code,
            "city": region.city_name,
            "name": region.name,
            "chip": _chip(worst[region.code]),
            "hazard": hazard_words(reason.hazard)[0],
            "metric": reason.metric.chinese,
            "asset": reason.asset.name if reason.asset is not None else "",
            "value": quantity(reason.value, units),
            "threshold": "—" if reason.threshold is None else quantity(reason.threshold, units),
            "share": f"{reason.area_share:.0%}" if reason.area_share is not None else "—",
            "people": people(reason.people),
            "onset": day_hour(period[0]) if period else "—",
            "peak": day_hour(peak),
            "confidence": reason.confidence,
        }


def _changed(assessment: Assessment) -> Iterator[tuple[Any, ...]]:
    """Combined tiers that changed since the cycle before."""
    for change in changes(assessment):
        if change.hazard == COMBINED:
            tiers = [
                _chip(NO_DATA if entry is None else entry.published) for entry in (change.before, change.now)
            ]
            drivers = [hazard_words(hazard)[0] if hazard else "—" for hazard in change.drivers]
            yield (
                change.region.code,
                change.region.city_name,
                change.region.name,
                KINDS[change.kind],
                tiers,
                drivers,
            )


def _held(assessment: Assessment) -> Iterator[tuple[str, str, str, str]]:
    """Combined tiers that are published above what was computed, and why."""
    for region in assessment.regions:
        words = held_of(assessment, region.code)
        if words is not None:
            yield region.code, region.name, *words


def _chances(outlook: Outlook) -> dict[str, Any] | None:
    """Counties likely to have orange wind, with what the members are."""
    found = outlook.probability
    if found is None:
        return None
    return {
        "note": NOTE[bool(found.attrs["made"])],
        "source": found.attrs["source"],
        "members": found.attrs["members_counted"],
        "missing": found.attrs["members_missing"],
        "rows": list(notable(found, outlook.assessment.regions)),
    }


def _flood(outlook: Outlook) -> dict[str, Any] | None:
    """The water by county, with what computed it."""
    if outlook.flood is None:
        return None
    return {
        "note": outlook.flood.note,
        "rows": [
            (row.code, row.name, f"{row.known:.0%}", f"{row.flooded / 1e6:.1f}", f"{row.unsafe / 1e6:.1f}",
             f"{row.deepest:.1f}", day_hour(row.arrival) if row.arrival else "—")
            for row in flood_rows(outlook.flood, outlook.assessment.regions, outlook.issued_at)
        ],
    }  # fmt: skip


def _rule(rule: HazardRule, assessment: Assessment) -> dict[str, Any]:
    """Thresholds of one hazard as rows."""
    return {
        "words": hazard_words(rule.id, example=rule.id in assessment.apart),
        "share": f"{rule.unit_area_share:.0%}",
        "share_source": f"{rule.unit_area_share_source} [{rule.unit_area_share_status}]",
        "confidence": rule.confidence,
        "note": rule.confidence_note,
        "metrics": [
            (
                m.chinese if m.cells else f"{m.chinese}(供测站判别或推算,不直接定格点等级)",
                m.english if m.cells else f"{m.english} (for gauges and what is derived; grades no cell)",
                _bounds(m.thresholds, m.station_levels),
                m.units,
                f"{m.source} [{m.status}]",
            )
            for m in rule.metrics
        ],
    }


def _bounds(thresholds: Sequence[float | None], levels: Sequence[str]) -> list[str]:
    if levels:
        return [level.replace("_", " ") for level in levels]
    return ["—" if bound is None else f"{bound:g}" for bound in thresholds]
