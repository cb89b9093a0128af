"""The forms that a drill writes by itself: those that need no more than where everybody stands at its end."""

from __future__ import annotations

from typing import Final

from evac.counts.now import roll_of_states
from evac.drill import Drill
from evac.forms.declared import declared_forms
from evac.forms.figures import Figures
from evac.forms.fill import fill, require_forms_agree
from evac.forms.pdf import form_pdf
from evac.forms.sheet import Head
from evac.forms.xlsx import form_workbook
from riskmap.assessment import Assessment
from riskmap.errors import MissingExtraError

FORMS: Final = ("province-summary", "province-categories")


def drill_forms(
    assessment: Assessment, drill: Drill, event: str
) -> tuple[dict[str, bytes], list[MissingExtraError]]:
    """The province's tables at the end of a drill, as XLSX and PDF.

    Returns
    -------
    files, left_out
        Name -> content; and what an extra was missing for.

    Raises
    ------
    ConflictError
        The tables and the head-count would say different things.
    """
    names = {region.code: region.name for region in assessment.regions}
    names |= {region.code[:4]: region.city_name for region in assessment.regions if region.city_name}
    roll = roll_of_states(
        {person.code: person for person in drill.people},
        drill.states,
        {shelter.shelter_id: shelter for shelter in drill.roster.shelters},
        at=drill.progress.hours[-1],
        labels={"label": "SYNTHETIC", "event": event},
    )
    roll.count.total()  # checked where it is made
    figures = Figures(roll, names)
    filled = [fill(declared_forms()[name], figures) for name in FORMS]
    require_forms_agree(filled)
    head = Head(roll.at, event, synthetic=True)
    files: dict[str, bytes] = {}
    left_out: list[MissingExtraError] = []
    for make, ending in ((form_workbook, "xlsx"), (form_pdf, "pdf")):
        try:
            files |= {f"forms/{one.form.form_id}.{ending}": make(one, head) for one in filled}
        except MissingExtraError as error:
            left_out.append(error)
    return files, left_out
