"""A document is found by what is printed on it, and never one for another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evac.errors import ConflictError
from evac.orders.desk import Desk
from evac.store.memory_documents import MemoryDocumentLog
from tests.evac.orders.office import SIGNED_AT, draft


def test_two_issuers_with_one_number_are_both_named_and_either_can_be_asked_for() -> None:
    office = Desk(MemoryDocumentLog())
    one = office.sign(draft("330902"), signer="张三", at=SIGNED_AT)
    other = office.sign(replace(draft("330903"), issuer="普陀区人民政府"), signer="李四", at=SIGNED_AT)
    assert one.number == other.number
    register = office.register()
    with pytest.raises(ConflictError, match="several documents") as raised:
        register.find(one.number)
    for signed in (one.signed, other.signed):
        assert signed.issuer in str(raised.value)
        assert signed.draft[:16] in str(raised.value)
        for asked in (f"{signed.issuer} {one.number}", f"{signed.issuer}{one.number}", signed.draft[:16]):
            assert register.find(asked).signed.draft == signed.draft
    with pytest.raises(ConflictError, match="no such document"):
        register.find(f"定海区人民政府 {one.number}")
