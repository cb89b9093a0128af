"""A published run of six small counties with its letters, as an exercise takes it up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from riskmap.assessment import Assessment
from riskmap.io.publish import Staging
from riskmap.io.published import later_folder
from riskmap.io.published_outlook import OUTLOOK_FILE
from riskmap.products.cap import cap_alert
from riskmap.products.cap_envelope import cap_identifier
from riskmap.products.documents.types import bundled_types
from riskmap.products.draft_json import draft_json
from riskmap.products.letter import documents_due, draft_letter
from riskmap.products.outlook_json import outlook_json
from riskmap.products.table import assessment_json
from riskmap.region import Region
from tests.factories import ISSUED_AT, make_assessment
from tests.riskmap.products.letter_outlook import make_outlook, real_regions

RUN = {
    "event": {"number": "2106", "name": "In-Fa", "chinese": "烟花"},
    "marks": {"forecast": ["回放", "模拟预报"]},
}
FRONT = "<html><!--cockpit-->later<!--/cockpit--></html>"


LATER_AT = datetime(2021, 7, 27, tzinfo=UTC)


def publish_run(folder: Path, *, hours: int = 25, later: bool = False) -> Path:
    """The folder, with everything that ``evac drill`` reads; with ``later``, a calm run three days on as well."""
    small = make_assessment(hours)
    _let_it_rain(small)
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
    if later:
        _publish_later(staging, regions)
    return folder


def _let_it_rain(small: Assessment) -> None:
    """One county at orange by rain, too: people beside slopes and streams live there."""
    rain, county, middle = 1, 1, len(small.valid_at) // 2
    threshold = small.rules["rain"].metrics[0].thresholds[2]
    said = {
        "tier": 3,
        "metric": 0,
        "value": threshold + 5,
        "maximum": threshold + 9,
        "threshold": threshold,
        "area_share": 0.3,
    }
    for name, value in said.items():
        small.table[name].values[rain, middle, county] = value


def _publish_later(staging: Staging, regions: tuple[Region, ...]) -> None:
    """What a replay's later issue time leaves: every county green, as far as it is known."""
    calm = make_assessment(49, issued_at=LATER_AT)
    tiers = calm.table["tier"].values
    tiers[tiers > 0] = 0
    outlook = make_outlook(assessment=replace(calm, regions=regions), surge=None)
    below = later_folder(LATER_AT)
    staging.write(f"{below}/assessment.json", assessment_json(outlook.assessment))
    words = outlook_json(
        outlook, issuer="浙江省防汛防台抗旱指挥部办公室(演练)", organ=None, document_files={}
    )
    staging.write(f"{below}/{OUTLOOK_FILE}", words)
