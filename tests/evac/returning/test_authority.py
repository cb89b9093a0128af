"""The county that ordered releases; a town, a neighbour, an old or a wrong document releases nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from evac.errors import ConflictError
from evac.orders.desk import Desk
from evac.returning.authority import Authority, on_document, on_paper
from evac.store.memory_documents import MemoryDocumentLog
from riskmap.errors import ConfigError
from riskmap.products.letter_fields import Letter
from tests.evac.orders.office import SIGNED_AT, draft

AFTER = SIGNED_AT + timedelta(days=2)


def signed(desk: Desk, letter: Letter, *, out: bool = True) -> str:
    done = desk.sign(letter, signer="张三", at=AFTER)
    if out:
        desk.published(done.signed.draft, [("document.pdf", "0" * 64)], by="张三", at=AFTER)
    return done.number


def releasing(order: str, region: str = "330902", cycle: int = 0) -> Letter:
    letter = draft(region, "transfer_release", cycle)
    return replace(letter, entries=tuple((k, order if k == "order" else v) for k, v in letter.entries))


def judged(desk: Desk, number: str, region: str = "330902") -> Authority:
    return on_document(desk.register(), number, region)


@pytest.fixture
def desk() -> Desk:
    return Desk(MemoryDocumentLog())


def test_the_release_that_names_its_order(desk: Desk) -> None:
    order = signed(desk, draft("330902", "transfer_order"))
    number = signed(desk, releasing(order))
    for region in ("330902", "330902001", "330902001001"):
        found = on_document(desk.register(), number, region)
        assert (found.order, found.lifts, found.code, found.basis) == (number, order, "330902", "document")
    assert found.issuer.startswith("定海区防汛防台抗旱指挥部")


@pytest.mark.parametrize("region", ["330903", "3309", "33", ""])
def test_it_releases_its_own_region_alone(desk: Desk, region: str) -> None:
    number = signed(desk, releasing(signed(desk, draft("330902", "transfer_order"))))
    with pytest.raises(ConflictError, match="may not decide"):
        on_document(desk.register(), number, region)


def test_an_order_of_another_authority_is_not_its_to_lift(desk: Desk) -> None:
    # the neighbour has signed more, so that its number is nobody else's
    other = [signed(desk, draft("330903", "transfer_order", cycle)) for cycle in (0, 6, 12)][-1]
    with pytest.raises(ConflictError, match="who ordered the transfer"):
        judged(desk, signed(desk, releasing(other)), "330902")
    stranger = replace(draft("330902", "transfer_order"), issuer="定海区人民政府")
    with pytest.raises(ConflictError, match="定海区人民政府"):
        judged(desk, signed(desk, releasing(signed(desk, stranger), cycle=6)), "330902")


def test_what_is_no_release_releases_nobody(desk: Desk) -> None:
    order = signed(desk, draft("330902", "transfer_order"))
    with pytest.raises(ConflictError, match="releases nobody"):
        on_document(desk.register(), order, "330902")
    with pytest.raises(ConflictError, match="in the same log"):
        judged(desk, signed(desk, releasing("定防指令〔2021〕99号")), "330902")
    letter = signed(desk, draft("330902", "risk_notice"))
    with pytest.raises(ConflictError, match="a transfer order"):
        judged(desk, signed(desk, releasing(letter, cycle=6)), "330902")
    with pytest.raises(ConflictError, match="no such document"):
        on_document(desk.register(), "无此号", "330902")


def test_a_document_that_is_not_out_or_was_taken_back(desk: Desk) -> None:
    order = signed(desk, draft("330902", "transfer_order"))
    waiting = signed(desk, releasing(order), out=False)
    with pytest.raises(ConflictError, match="allotted"):
        on_document(desk.register(), waiting, "330902")


def test_the_next_order_opens_the_next_round(desk: Desk) -> None:
    order = signed(desk, draft("330902", "transfer_order"))
    assert on_document(desk.register(), order, "330902", kind="transfer_order").order == order


@pytest.mark.parametrize("code", ["330902001", "330902001001", "330903", ""])
def test_on_paper_a_town_or_a_neighbour_decides_nothing(code: str) -> None:
    with pytest.raises((ConflictError, ConfigError)):
        on_paper("令2", "某镇", code, "330902001")


@pytest.mark.parametrize(("number", "issuer"), [("", "定海区防指"), ("令2", " ")])
def test_on_paper_number_and_issuer_are_named(number: str, issuer: str) -> None:
    with pytest.raises(ConfigError, match="no authority"):
        on_paper(number, issuer, "330902", "330902")


def test_above_the_county_may_too() -> None:
    assert on_paper("省令1", "省防指", "33", "330902").code == "33"
