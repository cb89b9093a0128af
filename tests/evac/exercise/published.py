"""A published run of six small counties with its letters, as an exercise takes it up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from riskmap.io.publish import Staging
from riskmap.products.cap import cap_alert
from riskmap.products.cap_envelope import cap_identifier
from riskmap.products.documents.types import bundled_types
from riskmap.products.draft_json import draft_json
from riskmap.products.letter import documents_due, draft_letter
from riskmap.products.table import assessment_json
from tests.factories import ISSUED_AT, make_assessment
from tests.riskmap.products.letter_outlook import make_outlook, real_regions

RUN = {
    "event": {"number": "2106", "name": "In-Fa", "chinese": "烟花"},
    "marks": {"forecast": ["回放", "模拟预报"]},
}
FRONT = "<html><!--cockpit-->later<!--/cockpit--></html>"


def publish_run(folder: Path, *, hours: int = 25) -> Path:
    """The folder, with everything that ``evac drill`` reads."""
    small = make_assessment(hours)
    real = real_regions()
    regions = tuple(replace(r, geometry=real[r.code].geometry) for r in small.regions)
    outlook = make_outlook(assessment=replace(small, regions=regions), surge=None)
    staging = Staging(folder)
    staging.write("assessment.json", assessment_json(outlook.assessment))
    staging.write("run.json", json.dumps(RUN))
    staging.write("index.html", FRONT)
    notice = bundled_types()["risk_notice"]
    for code in documents_due(outlook.assessment, notice):
        letter = draft_letter(outlook, code, document=notice, model_version="0.1.0", with_map=False)
        cap = cap_alert(
            outlook, code, identifier=cap_identifier(code, ISSUED_AT), sent=ISSUED_AT, sender="a@b"
        )
        staging.write(f"letters/{code}/letter.json", draft_json(letter))
        staging.write(f"letters/{code}/cap.xml", cap)
    return folder
