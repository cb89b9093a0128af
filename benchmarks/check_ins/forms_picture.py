"""The picture of the head-count's page: ``forms.png``, two forms of a drill.

``python -m benchmarks.check_ins.forms_picture out/in-fa`` draws them from the registry of a published drill; every page says 演练.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from benchmarks.harness import ROOT
from evac.counts.roll import read_roll
from evac.forms.declared import declared_forms
from evac.forms.figures import Figures
from evac.forms.fill import fill
from evac.forms.pdf import form_pictures
from evac.forms.sheet import Head
from evac.published import open_registry
from evac.reporting import region_names

IMAGE = ROOT / "docs" / "images" / "forms.png"
COUNTY = "330903"
FORMS = ("county-categories", "rescue-list")
HEIGHT = 0.62
"""Share of a page that is shown: below it is empty paper."""


def main(run: Path) -> None:
    """Draw both forms under each other."""
    from PIL import Image

    store = open_registry(run)
    try:
        newest = sorted(event.trusted_at for event in store.events())
        roll = read_roll(store, COUNTY, at=newest[len(newest) // 2])
    finally:
        store.close()
    figures = Figures(roll, region_names())
    head = Head(roll.at, roll.labels.get("event", ""), synthetic=True)
    pages = []
    for name in FORMS:
        page = Image.open(io.BytesIO(form_pictures(fill(declared_forms()[name], figures), head, ppi=100)[0]))
        pages.append(page.convert("RGB").crop((0, 0, page.width, int(page.height * HEIGHT))))
    sheet = Image.new("RGB", (pages[0].width, sum(page.height + 6 for page in pages) - 6), "#999999")
    for n, page in enumerate(pages):
        sheet.paste(page, (0, n * (page.height + 6)))
    sheet.quantize(64).save(IMAGE, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
