"""Pictures of official documents for the pages: ``letter.png`` (风险告知函) and ``documents.png`` (every other type).

``python -m benchmarks.letters.picture`` draws the demo's forecast; words that a person would fill in are invented, and every
page says 演练.
"""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.harness import ROOT
from riskmap import bundled, read_scenario
from riskmap.analysis import analyse
from riskmap.io.inputs import read_inputs
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook
from riskmap.products.documents.types import bundled_types
from riskmap.products.letter import draft_letter, letter_pdf
from riskmap.products.letter_fields import SignOff

IMAGES = ROOT / "docs" / "images"
COUNTY = "330281"
WIDTH = 620
"""Width of one page [px]."""

ENTRIES = {
    "transfer_order": {
        "towns": "大岚镇人民政府、四明山镇人民政府", "range": "山洪危险区、地质灾害风险防范区全部人员",
        "place": "大岚镇中心小学避灾安置场所", "manner": "由镇组织客车接送,沿浒溪线下山;行动不便人员一对一护送",
        "finish_at": "2021年7月24日20时", "commander": "某某,电话从略",
    },
    "supervision_order": {
        "linked_notice": "演练防指办函〔2021〕3号", "problem": "应转移1240人,至14时未转移312人",
        "evidence": "安全码清点 14时:未通知80人,已通知190人,劝导无效42人", "person": "某某,电话从略",
        "basis": "条款由签发人核定", "result": "18时前未转移人数为0,逐户留痕", "due_at": "2021年7月24日18时",
    },
    "response_notice": {"response_level": "Ⅱ级", "response_from": "7月24日15时", "quoted_signal": "本地未接入"},
    "transfer_release": {
        "towns": "大岚镇人民政府", "order": "演练防指令〔2021〕1号", "range": "大岚镇山洪危险区",
        "inspected": "某某,7月27日9时,道路和房屋已检查", "return_from": "7月27日10时",
    },
    "response_end": {"response_level": "Ⅱ级", "response_until": "7月27日12时", "open_transfers": "靠山房屋38户暂缓返回"},
    "retraction": {
        "retracted_number": "演练防指办函〔2021〕3号", "retracted_title": "关于台风“烟花”影响余姚市的风险告知函",
        "retracted_digest": "ac4e 915f d7cb 5544", "reason": "潮位录入错误", "receivers": "余姚市防汛防台抗旱指挥部",
    },
}  # fmt: skip


def main() -> None:
    """Draw both pictures."""
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    lean = replace(
        scenario, run=replace(scenario.run, hindcast=False), ensemble=replace(scenario.ensemble, members=0)
    )
    outlook = analyse(read_inputs(lean, Ledger())[0], encode=lambda *_arguments, **_named: None)[0]  # type: ignore[arg-type]
    notice = pages(letter_pdf(draft_letter(outlook, COUNTY)))
    save(beside(notice[:3]), IMAGES / "letter.png")
    drawn = []
    for n, (kind, entries) in enumerate(ENTRIES.items()):
        document = bundled_types()[kind]
        source = calm(outlook) if document.due == "over" else outlook
        letter = draft_letter(source, COUNTY, document=document, entries=entries)
        sign_off = SignOff(n + 1, "某某", outlook.issued_at) if kind == "transfer_order" else None
        drawn.append(pages(letter_pdf(letter, sign_off=sign_off))[0])
    save(stacked([beside(drawn[:3]), beside(drawn[3:])]), IMAGES / "documents.png")


def calm(outlook: Outlook) -> Outlook:
    """The same storm with its last hour green: what an ending is drafted from."""
    table = outlook.assessment.table.copy(deep=True)
    tiers = table["tier"].values
    tiers[tiers == -1] = 0
    tiers[:, -1] = 0
    return replace(outlook, assessment=replace(outlook.assessment, table=table))


def pages(pdf: bytes) -> list[Any]:
    """Pages of a PDF as pictures."""
    import pypdfium2

    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return [page.render(scale=WIDTH / page.get_size()[0]).to_pil() for page in document]


def beside(pictures: list[Any]) -> Any:
    """Pages side by side, with a hair between them."""
    from PIL import Image

    sheet = Image.new("RGB", (sum(p.width + 6 for p in pictures) - 6, pictures[0].height), "#999999")
    for n, picture in enumerate(pictures):
        sheet.paste(picture, (n * (picture.width + 6), 0))
    return sheet


def stacked(rows: list[Any]) -> Any:
    """Rows under each other."""
    from PIL import Image

    sheet = Image.new("RGB", (rows[0].width, sum(r.height + 6 for r in rows) - 6), "#999999")
    for n, row in enumerate(rows):
        sheet.paste(row, (0, n * (row.height + 6)))
    return sheet


def save(picture: Any, path: Path) -> None:
    """A palette PNG: pages are mostly white; by coverage, so that the small boxes of a legend keep their colours."""
    from PIL import Image

    picture.quantize(256, method=Image.Quantize.MAXCOVERAGE).save(path, optimize=True)
    print(path, picture.size, path.stat().st_size // 1024, "kB")


if __name__ == "__main__":
    main()
