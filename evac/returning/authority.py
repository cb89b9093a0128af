"""Whose order a release is: the authority that ordered the transfer, or one above it; a town carries out and never orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from evac.errors import ConflictError
from evac.orders.register import Document, Register
from evac.returning.rules import bundled_rules
from riskmap.errors import ConfigError
from riskmap.products.draft_json import parse_draft

RELEASE: Final = "transfer_release"
ORDER: Final = "transfer_order"
OUT: Final = "published"


@dataclass(frozen=True, slots=True)
class Authority:
    """On whose word people of a region may go home.

    Attributes
    ----------
    order, lifts : str
        Number of the 解除转移, and of the transfer order that it lifts.
    issuer, code : str
        Whose it is, by name and region.
    basis : str
        ``document``: checked against the log; ``paper``: as somebody read it.
    """

    order: str
    lifts: str
    issuer: str
    code: str
    basis: str


def on_document(register: Register, number: str, region: str, *, kind: str = RELEASE) -> Authority:
    """The authority of a signed document.

    Parameters
    ----------
    register : Register
        Of the office's log of documents.
    number : str
        发文字号, or the digest of the QR code.
    region : str
        For whom it is carried out now: the document's region or a part of it.
    kind : str
        ``transfer_release``, or ``transfer_order`` for the next round.

    Raises
    ------
    ConflictError
        No such document, of another type, not out, taken back, of another region, or of another authority than the order that
        it lifts.
    """
    held = find_fitting(
        register, number, lambda d: d.signed.type == kind and region.startswith(d.signed.region)
    )
    signed = held.signed
    if signed.type != kind or held.state != OUT:
        raise _no_authority(held, f"a {kind} that is published", f"{signed.type}, {held.state}")
    require_authority(signed.region, region, held.number)
    lifts = ""
    if kind == RELEASE:
        named = dict(parse_draft(signed.content, where=held.number).entries).get("order", "")
        lifts = _lifted(register, held, named).number
    return Authority(held.number, lifts, signed.issuer, signed.region, "document")


def find_fitting(register: Register, asked: str, fits: Callable[[Document], bool]) -> Document:
    """The document of a number: offices of one log may share words and number, of which one fits; else whatever it names."""
    wanted = "".join(asked.split())
    found = [d for d in register.documents.values() if d.number == wanted and fits(d)]
    return found[0] if len(found) == 1 else register.find(asked)


def _lifted(register: Register, release: Document, named: str) -> Document:
    try:
        order = find_fitting(
            register,
            named,
            lambda d: d.signed.type == ORDER and d.signed.region.startswith(release.signed.region),
        )
    except ConflictError as error:
        raise _no_authority(
            release, "the transfer order that it lifts in the same log", repr(named)
        ) from error
    signed = order.signed
    alike = (signed.event, signed.exercise) == (release.signed.event, release.signed.exercise)
    if signed.type != ORDER or not alike:
        raise _no_authority(
            release,
            "a transfer order of the same event",
            f"{signed.type} {order.number}, event {signed.event}",
        )
    above = signed.region.startswith(release.signed.region)
    if not above or (signed.region == release.signed.region and signed.issuer != release.signed.issuer):
        raise _no_authority(
            release,
            f"{signed.issuer}, who ordered the transfer, or an authority above",
            release.signed.issuer,
        )
    return order


def on_paper(number: str, issuer: str, code: str, region: str, *, lifts: str = "") -> Authority:
    """The authority of a document that is known on paper alone: nothing but the region can be checked.

    Raises
    ------
    ConfigError
        A number, a name or a code is missing.
    ConflictError
        A town or village, or another region's authority.

    Examples
    --------
    >>> on_paper("定防指令〔2021〕5号", "定海区防汛防台抗旱指挥部", "330902", "330902001").basis
    'paper'
    """
    if not number.strip() or not issuer.strip() or not code.isdecimal():
        raise ConfigError(
            "no authority is named", where="release", expected="the document's number, its issuer, and the issuer's code",
            found=f"{number!r}, {issuer!r}, {code!r}", remedy="read them from the paper, or name the log: --documents",
        )  # fmt: skip
    require_authority(code, region, number)
    return Authority(number.strip(), lifts.strip(), issuer.strip(), code, "paper")


def require_authority(code: str, region: str, number: str) -> None:
    """Refuse an office that may not order this region's people back.

    Raises
    ------
    ConflictError
        It is of a town or village, or of another region.
    """
    if len(code) > bundled_rules().least_digits or not code or not region.startswith(code):
        raise ConflictError(
            "this office may not decide it", where=f"{number}, region {region or 'all'}",
            expected="the county's government or 防指, or one above it, for its own region; a town carries it out",
            found=f"an office of region {code or 'none'}", remedy="ask the county for the document, and name its number",
        )  # fmt: skip


def _no_authority(held: Document, expected: str, found: str) -> ConflictError:
    return ConflictError(
        "this document releases nobody", where=held.number, expected=expected, found=found,
        remedy="see: evac documents; sign the 解除转移 that names the order",
    )  # fmt: skip
