"""The certificate of a destruction (销毁证明): what, when, who, how much, and the end of the chain; signed, and on paper."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from evac.errors import ForgedCodeError
from evac.log import Head
from evac.witness import sign_head, witness_qr, witness_text, written
from riskmap.errors import DataError

_FORM: Final = "evac destruction 1"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was destroyed.

    Attributes
    ----------
    event, node : str
        Which emergency, in whose registry.
    by, why : str
        Who ordered it, and on what ground.
    at, done_at : datetime
        When it was ordered, and when it was checked to be done.
    people, events, standings : int
        How many rows of each were destroyed.
    head : Head
        The end of the log, of which the links stay.
    keys : tuple of str
        Names of the key files that were destroyed.
    statistics : str
        SHA-256 of ``statistics.csv``, 64 hexadecimal digits.
    exercise : bool
        True for invented people.
    altered_from : int
        First entry of the log that was not as it was sealed or witnessed; 0 where all of it was.
    """

    event: str
    node: str
    by: str
    why: str
    at: datetime
    done_at: datetime
    people: int
    events: int
    standings: int
    head: Head
    keys: tuple[str, ...]
    statistics: str
    exercise: bool = False
    altered_from: int = 0

    def record(self) -> dict[str, Any]:
        """As JSON; what was sound has no word of alteration in it."""
        altered = {"altered_from": self.altered_from} if self.altered_from else {}
        return {
            "form": _FORM, "event": self.event, "node": self.node, "by": self.by, "why": self.why,
            "at": self.at.isoformat(), "done_at": self.done_at.isoformat(), "people": self.people, "events": self.events,
            "standings": self.standings, "sequence": self.head.sequence, "link": self.head.link.hex(),
            "keys": list(self.keys), "statistics_sha256": self.statistics, "exercise": self.exercise,
            **altered,
        }  # fmt: skip


def digest_of_text(text: str) -> str:
    """SHA-256 of a text in UTF-8, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _said(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sign_certificate(certificate: Certificate, key: Ed25519PrivateKey) -> str:
    """The certificate as signed JSON; the same certificate and key give the same text (RFC 8032)."""
    record = certificate.record()
    signed = {
        "certificate": record, "public_key": key.public_key().public_bytes_raw().hex(), "signature": key.sign(_said(record)).hex(),
    }  # fmt: skip
    return json.dumps(signed, ensure_ascii=False, indent=1) + "\n"


def read_certificate(text: str, public: Ed25519PublicKey) -> Certificate:
    """A certificate whose signature was checked.

    Parameters
    ----------
    public : Ed25519PublicKey
        The node's, known from elsewhere: the one that stands in the file proves nothing.

    Raises
    ------
    DataError
        Not a certificate.
    ForgedCodeError
        The signature does not fit.
    """
    try:
        signed = json.loads(text)
        record = signed["certificate"]
        public.verify(bytes.fromhex(signed["signature"]), _said(record))
        if record.pop("form") != _FORM:
            raise ValueError("another form")
        return Certificate(
            head=Head(record.pop("sequence"), bytes.fromhex(record.pop("link"))), keys=tuple(record.pop("keys")),
            at=datetime.fromisoformat(record.pop("at")), done_at=datetime.fromisoformat(record.pop("done_at")),
            statistics=record.pop("statistics_sha256"), **record,
        )  # fmt: skip
    except InvalidSignature:
        raise ForgedCodeError(
            "the signature does not fit the certificate", where="certificate",
            remedy="ask the office that destroyed the event for its own copy, and its public key",
        ) from None  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            "not a certificate of destruction", where="certificate", expected="the JSON that `evac destroy` writes",
            found=f"{type(error).__name__}: {error}", remedy="name certificate.json",
        ) from error  # fmt: skip


def print_certificate(certificate: Certificate, key: Ed25519PrivateKey) -> bytes:
    """The certificate as a PDF of one page, with the signed head as a code in its corner.

    Raises
    ------
    MissingExtraError
        The typesetter is not installed.
    """
    from riskmap.outlook import beijing
    from riskmap.products.typeset import compile_pdf

    witness = sign_head(
        certificate.head, key, event=certificate.event, node=certificate.node, at=certificate.done_at
    )
    data = {
        **{name: str(value) for name, value in certificate.record().items()},
        "at": beijing(certificate.at), "done_at": beijing(certificate.done_at), "exercise": certificate.exercise,
        "altered_from": str(certificate.altered_from or ""),
        "keys": "、".join(certificate.keys), "head": written(certificate.head),
        "signature": json.loads(sign_certificate(certificate, key))["signature"],
        "public_key": key.public_key().public_bytes_raw().hex(), "qr": witness_qr(witness).svg_inline(border=4),
    }  # fmt: skip
    source = (files("evac") / "templates" / "destruction.typ").read_text(encoding="utf-8")
    return compile_pdf(source, data, created_at=certificate.done_at)


def print_witness(
    signed: bytes, head: Head, *, event: str, node: str, at: datetime, exercise: bool = False
) -> bytes:
    """A sheet for the wall: the end of a log as a code and as characters to be copied by hand, signed by two people.

    ``exercise`` marks it 演练.

    Raises
    ------
    MissingExtraError
        The typesetter is not installed.
    """
    from riskmap.outlook import beijing
    from riskmap.products.typeset import compile_pdf

    data = {
        "event": event, "node": node, "at": beijing(at), "head": written(head), "text": witness_text(signed),
        "qr": witness_qr(signed).svg_inline(border=4), "exercise": exercise,
    }  # fmt: skip
    source = (files("evac") / "templates" / "witness.typ").read_text(encoding="utf-8")
    return compile_pdf(source, data, created_at=at)
