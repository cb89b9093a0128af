"""The forms that a drill writes by itself: those that need no more than where everybody stands at its end."""

from __future__ import annotations

from collections import Counter
from typing import Final

from evac.counts.now import CountedRoll
from evac.drill import Drill
from evac.forms.declared import declared_forms
from evac.forms.figures import Figures
from evac.forms.fill import fill, require_forms_agree
from evac.forms.pdf import form_pdf
from evac.forms.sheet import Head
from evac.forms.xlsx import form_workbook
from evac.grain import grain_of
from evac.model import State
from evac.standing import seat
from riskmap.assessment import Assessment
from riskmap.errors import MissingExtraError

FORMS: Final = ("province-summary", "province-categories")


def drill_figures(assessment: Assessment, drill: Drill, event: str) -> Figures:
    """Where everybody stands at the end of a drill, as counts: little to hand to whoever makes the forms."""
    names = {region.code: region.name for region in assessment.regions}
    names |= {region.code[:4]: region.city_name for region in assessment.regions if region.city_name}
    people = {person.code: person for person in drill.people}
    seats = filter(None, map(seat, drill.states.values()))
    roll = CountedRoll(
        "", drill.progress.hours[-1], (), (), {shelter.shelter_id: shelter for shelter in drill.roster.shelters}, (),
        Counter(people[code].village for code in drill.states if code in people), {"label": "SYNTHETIC", "event": event}, {}, False,
        Counter(grain_of(people.get(code), state) for code, state in drill.states.items()),
        Counter(one.place for one in seats if one.stay is State.SHELTERED),
    )  # fmt: skip
    return Figures(roll, names)


def drill_forms(figures: Figures) -> tuple[dict[str, bytes], list[MissingExtraError]]:
    """The province's tables at the end of a drill, as XLSX and PDF.

    Parameters
    ----------
    figures : Figures
        From ``drill_figures``.

    Returns
    -------
    files, left_out
        Name -> content; and what an extra was missing for.

    Raises
    ------
    ConflictError
        The tables and the head-count would say different things.
    """
    figures.roll.count.total()  # checked where it is made
    filled = [fill(declared_forms()[name], figures) for name in FORMS]
    require_forms_agree(filled)
    head = Head(figures.roll.at, figures.roll.labels["event"], synthetic=True)
    files: dict[str, bytes] = {}
    left_out: list[MissingExtraError] = []
    for make, ending in ((form_workbook, "xlsx"), (form_pdf, "pdf")):
        try:
            files |= {f"forms/{one.form.form_id}.{ending}": make(one, head) for one in filled}
        except MissingExtraError as error:
            left_out.append(error)
    return files, left_out
