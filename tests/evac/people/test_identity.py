"""Identity numbers: the standard's own examples, every wrong digit found, and no number in anything that comes out."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.clear_words import looks_like_number, without_numbers
from evac.people.identity import (
    NOTHING,
    Kind,
    Verdict,
    check_character,
    examine_number,
    lost_in_a_cell,
)

TODAY = date(2021, 7, 25)


def digest(number: str) -> str:
    return hashlib.blake2b(number.encode(), digest_size=16).hexdigest()


def judge(text: str, declared: str = "") -> tuple[Kind, Verdict]:
    found = examine_number(text, digest, on=TODAY, declared=declared)
    return found.kind, found.verdict


# GB 11643-1999, annexes A and B
STANDARD = ("11010519491231002X", "440524188001010014", "34052419800101001X")

numbers = st.builds(
    lambda area, born, sequence: (body := f"{area}{born:%Y%m%d}{sequence:03d}") + check_character(body),
    st.sampled_from(("330902", "330281", "110105", "810000", "820000", "830000", "933840")),
    st.dates(date(1905, 1, 1), TODAY),
    st.integers(1, 999),
).filter(lambda number: not number.endswith("000"))


@pytest.mark.parametrize("number", STANDARD)
def test_check_characters_of_the_standard(number: str) -> None:
    assert check_character(number[:17]) == number[17]


def test_the_check_character_is_the_sum_that_the_standard_writes() -> None:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    for number in STANDARD:
        rest = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False)) % 11
        assert "10X98765432"[rest] == number[17]


@given(numbers)
def test_a_right_number_is_good_and_tells_year_and_sex(number: str) -> None:
    found = examine_number(number, digest, on=TODAY)
    assert found.verdict is Verdict.GOOD
    assert found.pseudonym == digest(number)
    assert found.birth_year == int(number[6:10])
    assert found.sex == ("男" if int(number[16]) % 2 else "女")


@given(numbers, st.integers(0, 16), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(number: str, place: int, more: int) -> None:
    wrong = number[:place] + str((int(number[place]) + more) % 10) + number[place + 1 :]
    assert not examine_number(wrong, digest, on=TODAY).verdict.usable or wrong[0] == "0"


@given(numbers, st.integers(0, 15))
def test_every_swap_of_neighbours_is_found(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        assert not examine_number(swapped, digest, on=TODAY).verdict.usable


@given(st.text(max_size=40), st.text(max_size=10))
def test_no_text_raises_and_only_a_usable_one_has_a_pseudonym(text: str, declared: str) -> None:
    found = examine_number(text, digest, on=TODAY, declared=declared)
    assert bool(found.pseudonym) is found.verdict.usable


@given(numbers)
def test_the_number_is_in_nothing_that_comes_out(number: str) -> None:
    for text in (number, number[:-1] + "?", f"{float(number[:17]):.5E}", number[:6] + number[8:17]):
        told = repr(examine_number(text, digest, on=TODAY))
        assert number[:17] not in told
        assert number[8:17] not in told


@pytest.mark.parametrize(
    "text", ["１１０１０５１９４９１２３１００２ｘ", " 110105 19491231 002X", "'11010519491231002X", '="11010519491231002X"', "110105-19491231-002×", "11010519491231002Х"],
)  # fmt: skip
def test_however_it_was_typed_it_is_one_number(text: str) -> None:
    assert examine_number(text, digest, on=TODAY).pseudonym == digest("11010519491231002X")


def test_an_old_number_is_the_same_person_as_the_new_one() -> None:
    old = examine_number("110105491231002", digest, on=TODAY)
    assert (old.kind, old.verdict) == (Kind.RESIDENT_15, Verdict.UNCHECKED)
    assert old.pseudonym == digest("11010519491231002X")
    assert (old.birth_year, old.sex) == (1949, "女")


def test_an_old_number_of_somebody_older_than_a_hundred() -> None:
    assert examine_number("110105991231998", digest, on=TODAY).birth_year == 1899


@pytest.mark.parametrize(
    ("text", "kind", "verdict"),
    [
        ("330902194902310021", Kind.RESIDENT, Verdict.WRONG_DATE),
        ("330902209901010011", Kind.RESIDENT, Verdict.WRONG_DATE),
        ("330902180001010011", Kind.RESIDENT, Verdict.WRONG_DATE),
        ("110105194912310021", Kind.RESIDENT, Verdict.WRONG_CHECK),
        ("990105194912310021", Kind.FOREIGN_RESIDENT, Verdict.WRONG_AREA),
        ("190105194912310021", Kind.RESIDENT, Verdict.WRONG_AREA),
        ("110105991331002", Kind.RESIDENT_15, Verdict.WRONG_DATE),
        ("4.40524E+17", Kind.RESIDENT, Verdict.LOST),
        ("330902195001011000", Kind.RESIDENT, Verdict.LOST),
        ("330902195001011000.0", Kind.RESIDENT, Verdict.LOST),
        ("H1234567890", Kind.HOME_RETURN, Verdict.UNCHECKED),
        ("E12345678", Kind.PASSPORT, Verdict.UNCHECKED),
        ("12345678901", Kind.OTHER, Verdict.WRONG_FORM),
        ("张三", Kind.OTHER, Verdict.WRONG_FORM),
        ("1" * 5000, Kind.OTHER, Verdict.WRONG_FORM),
        *((text, Kind.NONE, Verdict.MISSING) for text in ("", " ", "无", "不详", "-", "新生儿", "0" * 18, "未办理", "N/A")),
    ],
)  # fmt: skip
def test_verdicts(text: str, kind: Kind, verdict: Verdict) -> None:
    assert judge(text) == (kind, verdict)


def test_a_number_that_ends_in_three_noughts_and_fits_is_good_with_a_word() -> None:
    found = examine_number("330902197001018000", digest, on=TODAY)
    assert (found.verdict, found.sex, found.birth_year) == (Verdict.ROUND, "女", 1970)
    assert found.pseudonym == digest("330902197001018000")
    assert found.verdict.usable


@pytest.mark.parametrize("area", ["810000", "820000", "830000"])
def test_residence_permits_of_hong_kong_macao_and_taiwan(area: str) -> None:
    body = f"{area}19800101001"
    assert judge(body + check_character(body)) == (Kind.RESIDENCE_PERMIT, Verdict.GOOD)


def test_the_foreign_residents_number_of_2023() -> None:
    body = "9" + "33" + "840" + "19800101" + "001"  # Zhejiang, United States
    found = examine_number(body + check_character(body), digest, on=TODAY)
    assert (found.kind, found.verdict, found.birth_year) == (Kind.FOREIGN_RESIDENT, Verdict.GOOD, 1980)


def test_the_foreign_residents_number_before() -> None:
    # letters of the country, area, birth date, sex; the last digit by ICAO Doc 9303
    assert judge("KAZ110090123105") == (Kind.FOREIGN_RESIDENT_15, Verdict.GOOD)
    assert judge("KAZ110090123104") == (Kind.FOREIGN_RESIDENT_15, Verdict.WRONG_CHECK)


def test_a_home_return_permit_stays_one_person_over_its_issues() -> None:
    issues = {examine_number(f"H12345678{n}", digest, on=TODAY).pseudonym for n in ("", "00", "01")}
    assert len(issues) == 1


def test_bare_digits_are_a_taiwan_pass_only_where_the_list_says_so() -> None:
    assert judge("12345678") == (Kind.OTHER, Verdict.WRONG_FORM)
    assert judge("12345678", "台胞证") == (Kind.TAIWAN_PASS, Verdict.UNCHECKED)
    assert judge("012345678", "护照") == (Kind.PASSPORT, Verdict.UNCHECKED)


def test_nobody_is_born_after_today() -> None:
    body = f"330902{TODAY + timedelta(days=1):%Y%m%d}001"
    assert judge(body + check_character(body))[1] is Verdict.WRONG_DATE


def test_a_number_cell_is_lost_and_still_tells_the_year() -> None:
    found = lost_in_a_cell(330902195001011234.0, on=TODAY)
    assert found is not None
    assert (found.verdict, found.birth_year, found.pseudonym) == (Verdict.LOST, 1950, "")
    assert lost_in_a_cell(13800001111.0, on=TODAY) is None


def test_every_verdict_and_kind_has_its_word() -> None:
    assert all(v.chinese for v in Verdict)
    assert all(k.chinese for k in Kind)
    assert NOTHING.pseudonym == ""


@given(numbers, st.text(max_size=8).filter(lambda t: not any(c.isdigit() for c in t)))
def test_numbers_in_free_text_are_taken_out(number: str, words: str) -> None:
    text = f"{words}{number}{words}"
    assert looks_like_number(text)
    assert number[6:17] not in without_numbers(text)


@pytest.mark.parametrize(
    "text", ["13800001111", "330902001001", "浙岱渔12345", "2021-07-25", "张三 0580-2021234"]
)
def test_telephones_codes_and_dates_are_none(text: str) -> None:
    assert without_numbers(text) == text
