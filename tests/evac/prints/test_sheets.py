"""Every code of every sheet is read back from the printed page, and nothing on it gives a whole name away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pypdfium2
import pytest
import zxingcpp

from evac.codes import judge
from evac.crockford import grouped, parse_short_code, short_code
from evac.model import Destination, Person, Stay, Vulnerability
from evac.prints.batches import place
from evac.prints.card import Imprint
from evac.prints.households import halves, household_sheet
from evac.prints.pendants import pendant_sheet, wristband_sheet
from riskmap.errors import DataError
from tests.evac.prints.villagers import BEGINS, IMPRINT, RING, villagers

PEOPLE = sorted(villagers(23), key=place)


def pages(pdf: bytes, dpi: int = 150) -> Iterator[tuple[npt.NDArray[np.uint8], str]]:
    document = pypdfium2.PdfDocument(pdf)
    for n in range(len(document)):
        page = document[n]
        picture = page.render(scale=dpi / 72, grayscale=True).to_numpy()
        text = page.get_textpage().get_text_bounded()
        yield picture.reshape(picture.shape[0], -1), text
    document.close()


def read(picture: npt.NDArray[np.uint8]) -> list[str]:
    verdicts = [judge(code.text, RING, now=BEGINS) for code in zxingcpp.read_barcodes(picture)]
    assert all(verdict.accepted for verdict in verdicts)
    return [verdict.code for verdict in verdicts]


@pytest.mark.parametrize(
    ("sheet", "a_page", "times"), [(pendant_sheet, 10, 1), (wristband_sheet, 7, 2), (household_sheet, 0, 1)]
)
def test_every_code_of_every_page_is_read_back(sheet: Callable[..., bytes], a_page: int, times: int) -> None:
    pdf = sheet(PEOPLE, IMPRINT, first=401)
    assert pdf == sheet(PEOPLE, IMPRINT, first=401)
    found, texts = [], []
    for number, (picture, text) in enumerate(pages(pdf)):
        codes = read(picture)
        assert not a_page or len(set(codes)) == min(a_page, 23 - number * a_page)
        found += codes
        texts.append(text)
    assert sorted(found) == sorted([person.code for person in PEOPLE] * times)
    whole = "".join(texts)
    assert {person.name for person in PEOPLE} & set(re.findall(r"[一-鿿]+", whole)) == set()
    shorts = {parse_short_code(text) for text in re.findall(r"\w{4}-\w{4}-\w{3}", whole)}
    assert shorts == {short_code(person.code) for person in PEOPLE}
    assert "SYNTHETIC" not in whole


def test_pendants_are_numbered_and_drills_say_so_on_each() -> None:
    ((_, text),) = pages(pendant_sheet(villagers(3, synthetic=True), IMPRINT, first=401))
    assert re.findall(r"No\. (\d+)", text) == ["00401", "00402", "00403"]
    assert text.count("演练 SYNTHETIC") == 3


def test_a_household_sheet_says_where_to_go_with_whom_and_leaves_room_where_nothing_is_known() -> None:
    text = "".join(text for _, text in pages(household_sheet(PEOPLE, IMPRINT)))
    for words in ("岑港中心小学", "投亲靠友 临城亲友", "上岸避风 沈家门渔港", "李书记", "0580-8012345", "定海区", "回执",
                  "未接到解除通知不得返回", "*建国", "第 1 / 2 张", "优先"):  # fmt: skip
        assert words in text, words
    bare = "".join(text for _, text in pages(household_sheet(PEOPLE, Imprint("台风", BEGINS))))
    assert "0580" not in bare
    assert "330902" in bare
    assert len(list(pages(household_sheet(PEOPLE, IMPRINT)))) == -(-halves(PEOPLE) // 2)


def heights(pdf: bytes, words: str) -> list[float]:
    """How high on the first page some words stand [mm], every time they do."""
    document = pypdfium2.PdfDocument(pdf)
    text = document[0].get_textpage()
    found, search = [], text.search(words)
    while (hit := search.get_next()) is not None:
        found.append(text.get_charbox(hit[0])[1] / 72 * 25.4)
    document.close()
    return found


@pytest.mark.parametrize(
    ("sheet", "slack"), [(pendant_sheet, 0.5), (wristband_sheet, 3.0), (household_sheet, 17.0)]
)
def test_long_names_push_nothing_off_its_place(sheet: Callable[..., bytes], slack: float) -> None:
    long = "岑港街道马目社区居民委员会第三村民小组新建自然村" * 2
    plain = [replace(person, household="户") for person in villagers(7)]
    people = [
        replace(person, name="买买提·阿卜杜热合曼·伊卜拉伊木", village_name=long, vulnerability=(Vulnerability.ILL,), helper=long,
                transport=long, destination=Destination(Stay.SHELTER, long))
        for person in plain
    ]  # fmt: skip
    pdf, usual = sheet(people, replace(IMPRINT, counties={"330902": long})), sheet(plain, IMPRINT)
    ((picture, _),) = pages(pdf)
    assert set(read(picture)) == {person.code for person in people}
    for words in (grouped(short_code(person.code)) for person in plain):
        for there, here in zip(heights(usual, words), heights(pdf, words), strict=True):
            assert abs(there - here) < slack
    for there, here in zip(heights(usual, "回执"), heights(pdf, "回执"), strict=True):
        assert abs(there - here) < 5.0  # the slip stays on its side of the line


def test_a_village_without_a_name_stands_by_its_code_and_a_county_is_not_told_twice() -> None:
    nameless = replace(villagers(1)[0], village_name="", household="户")
    for sheet in (pendant_sheet, household_sheet):
        for village in ("330902001201", "330902"):
            ((_, text),) = pages(sheet([replace(nameless, village=village)], IMPRINT))
            assert re.findall(r"330902\d*", text) == [village] * (len(village) > 6) * (
                1 + (sheet is household_sheet)
            )


def test_names_with_markup_stay_text() -> None:
    odd = '#panic("x")<b>$'
    person = villagers(1)[0]
    changed = Person(
        person.code, "张" + odd, person.household, person.county, person.village, odd, person.category,
        person.destination, signed=person.signed,
    )  # fmt: skip
    for sheet in (pendant_sheet, wristband_sheet, household_sheet):
        ((_, text),) = pages(sheet([changed], IMPRINT))
        assert odd in text


def test_an_unsigned_code_is_told() -> None:
    person = villagers(1)[0]
    bare = Person(person.code, "王", "1", "330902", "330902001001", "村", person.category, person.destination)
    with pytest.raises(DataError, match="no signed code"):
        pendant_sheet([bare], IMPRINT)
