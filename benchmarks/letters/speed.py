"""90 PDF letters, 90 DOCX letters and one CAP message, drafting and each county's own map included.

``python -m benchmarks.letters.speed`` prints the records. Fonts and templates are read once, as in any run. What bounds it:
a PDF by Typst's layout and the subsets of two CJK fonts (one compiler, whose world keeps fonts and template), a DOCX by the
picture of its map.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace

from benchmarks.harness import Record, best_seconds
from riskmap import bundled, read_scenario
from riskmap.analysis import Inputs, analyse
from riskmap.io.inputs import read_inputs
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook
from riskmap.products.cap import cap_alert
from riskmap.products.cap_envelope import cap_identifier, validate_cap
from riskmap.products.docx import letter_docx
from riskmap.products.letter import draft_letter, letter_pdf
from riskmap.products.typeset import PDF_STANDARD

CAP_MESSAGES = 200


def measure(*, quick: bool = False) -> list[Record]:
    """Three claims, on the bundled storm with bounds of wind so low that every county is due a letter."""
    outlook = all_due()
    codes = [region.code for region in outlook.assessment.regions][: 9 if quick else None]
    repeat = 1 if quick else 3
    scale = 90 / len(codes)  # nine of ninety under --quick
    pdf = scale * best_seconds(lambda: [letter_pdf(draft_letter(outlook, c)) for c in codes], repeat=repeat)
    docx = scale * best_seconds(lambda: [letter_docx(draft_letter(outlook, c)) for c in codes], repeat=repeat)
    note = f"{len(codes)} counties, best of {repeat}, one thread, drafting and the county's map included"
    return [
        Record(
            "letters_pdf_90_seconds",
            pdf,
            "s",
            note=f"{note}; PDF standard {PDF_STANDARD}; layout and font subsets",
        ),
        Record("letters_docx_90_seconds", docx, "s", note=f"{note}; two thirds are the map's picture"),
        _cap(outlook, repeat),
    ]


def all_due() -> Outlook:
    """The demo's forecast under a wind rule by which every county reaches orange: the work is that of any letter."""
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    lean = replace(
        scenario, run=replace(scenario.run, hindcast=False), ensemble=replace(scenario.ensemble, members=0)
    )
    inputs = _low(read_inputs(lean, Ledger())[0])
    return analyse(inputs, encode=lambda *_arguments, **_named: None)[0]  # type: ignore[arg-type]


def _low(inputs: Inputs) -> Inputs:
    rule = inputs.rules["wind"]
    metrics = tuple(replace(metric, thresholds=(0.1, 0.2, 0.3, 32.7)) for metric in rule.metrics)
    return replace(inputs, rules={**inputs.rules, "wind": replace(rule, metrics=metrics)})


def _cap(outlook: Outlook, repeat: int) -> Record:
    """One message; that all counties' are valid by the schema is checked outside the time."""
    sent = outlook.issued_at
    codes = [region.code for region in outlook.assessment.regions]

    def message(code: str) -> bytes:
        return cap_alert(
            outlook, code, identifier=cap_identifier(code, sent), sent=sent, sender="bench@example.invalid"
        )

    for code in codes:
        validate_cap(message(code))
    several = (codes * (1 + CAP_MESSAGES // len(codes)))[:CAP_MESSAGES]
    seconds = best_seconds(lambda: [message(code) for code in several], repeat=repeat)
    note = f"mean of {CAP_MESSAGES} over {len(codes)} counties, best of {repeat}; each valid by the bundled schema; "
    return Record(
        "cap_ms", 1000 * seconds / CAP_MESSAGES, "ms", note=note + "outlines simplified once a region, before"
    )


if __name__ == "__main__":
    for record in measure(quick="--quick" in sys.argv[1:]):
        print(json.dumps(asdict(record), ensure_ascii=False))
