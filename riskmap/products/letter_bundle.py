"""Drafts of one run, written into the folder under construction: PDF, DOCX, CAP, and the draft that is signed.

What one county or one missing extra breaks is recorded and left out; the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from riskmap.blocks import threads
from riskmap.errors import ConfigError, MissingExtraError
from riskmap.io.document_files import read_document_files
from riskmap.io.publish import Staging
from riskmap.io.published_outlook import OUTLOOK_FILE
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook
from riskmap.products.cap_envelope import read_envelope
from riskmap.products.cap_feed import FeedEntry, atom_feed
from riskmap.products.documents.types import NOTICE, DocumentType, types_with
from riskmap.products.draft_json import draft_json
from riskmap.products.letter import DEFAULT_ISSUER
from riskmap.products.letter_due import documents_due
from riskmap.products.letter_fields import Letter
from riskmap.scale import DISCLAIMER
from riskmap.scenario import ProductsSection, Scenario

if TYPE_CHECKING:
    from riskmap.products.typeset import FontSet

Links = dict[str, dict[str, str]]

Makers = Mapping[str, tuple[str, Callable[[Letter], bytes]]]
"""Label -> ending of the file, and what makes it."""

CAP_SENDER: Final = "riskmap@exercise.invalid"
"""No real sender before sign-off."""

FEED: Final = "letters/feed.xml"


def file_stem(kind: DocumentType) -> str:
    """Name of a type's files in a region's folder: ``letter`` for the 风险告知函."""
    return "letter" if kind.id == NOTICE else kind.id


def wanted_types(scenario: Scenario) -> tuple[tuple[DocumentType, ...], dict[str, str]]:
    """The types that a scenario asks for, and the bureau's own files; called before a run, so that it fails early.

    Raises
    ------
    SourceError
        The folder of own types is not there.
    ConfigError
        No such type, or a file is none; or the folder of fonts has none for documents.
    """
    products = scenario.products
    with suppress(MissingExtraError):  # then the run leaves letters out, and says so
        _fonts(scenario)
    files = read_document_files(products.document_types) if products.document_types else {}
    known = types_with(files)
    for name in products.documents:
        if name not in known:
            near = get_close_matches(name, list(known), n=1)
            raise ConfigError(
                "no such document type", where="[products] documents", expected=" | ".join(known), found=repr(name),
                remedy=f"did you mean {near[0]!r}?" if near else "put its TOML file into document_types",
            )  # fmt: skip
    return tuple(known[name] for name in products.documents), files


def write_letters(
    staging: Staging, outlook: Outlook, scenario: Scenario, ledger: Ledger, part: Callable[[float], None]
) -> Links:
    """Every document that is due, with its draft; for the 风险告知函 its CAP message and the cycle's feed.

    Returns
    -------
    mapping
        Region code -> label (PDF, DOCX, CAP; other types with their Chinese name) -> path.
    """
    from riskmap.products.docx import naming_map
    from riskmap.products.letter import lacking_glyphs, letter_rare
    from riskmap.products.outlook_json import outlook_json
    from riskmap.products.phone import write_cards

    products = scenario.products
    kinds, files = wanted_types(scenario)
    makers = _makers(outlook, scenario)
    due = [(kind, code) for kind in kinds for code in documents_due(outlook.assessment, kind)]
    links: Links = {}
    missing: set[str] = set()
    entries: list[FeedEntry] = []
    notices: list[Letter] = []
    for n, (kind, letter, made) in enumerate(_made_ahead(outlook, due, makers, products, ledger)):
        code = letter.code
        notices += [letter] if kind.id == NOTICE else []
        for label, content in made.items():
            if isinstance(content, MissingExtraError):
                if label not in missing:
                    ledger.missed(f"letters ({label})", content)
                missing.add(label)
                continue
            if isinstance(content, Exception):
                # one bad county never stops the others
                ledger.missed(f"letter {code} ({label})", content)
                continue
            name = (
                "cap.xml" if label == "CAP" and kind.id == NOTICE else f"{file_stem(kind)}.{makers[label][0]}"
            )
            path = f"letters/{code}/{name}"
            staging.write(path, content)
            if label == "PDF" and (rare := letter_rare(letter, fonts=_fonts(scenario))):
                ledger.missed(f"letter {code} ({label})", lacking_glyphs(rare, path))
            if label == "CAP":
                entries.append(
                    FeedEntry(
                        read_envelope(content), path.removeprefix("letters/"), letter.title, DISCLAIMER[0]
                    )
                )
            shown = label if kind.id == NOTICE else f"{kind.chinese} {label}"
            links.setdefault(code, {})[shown] = path
        docx = made.get("DOCX")
        if isinstance(docx, bytes) and _fonts(scenario) is None:
            letter = naming_map(letter, docx)
        staging.write(f"letters/{code}/{file_stem(kind)}.json", draft_json(letter))
        part((n + 1) / len(due))
    cards = write_cards(staging, notices, ledger, most=products.phone_pictures, fonts=_fonts(scenario))
    for code, found in cards.items():
        links.setdefault(code, {}).update(found)
    staging.write(FEED, _feed(outlook, entries, issuer=products.issuer))
    staging.write(
        OUTLOOK_FILE,
        outlook_json(outlook, issuer=products.issuer, organ=products.organ, document_files=files),
    )
    return links


def _made_ahead(
    outlook: Outlook,
    due: Sequence[tuple[DocumentType, str]],
    makers: Makers,
    products: ProductsSection,
    ledger: Ledger,
) -> Iterator[tuple[DocumentType, Letter, dict[str, bytes | Exception]]]:
    """Each draft in its order with what was made of it, or why it was not; the typesetter works in threads meanwhile."""

    def made(kind: DocumentType, letter: Letter) -> dict[str, bytes | Exception]:
        wanted = (label for label in makers if label != "CAP" or kind.cap)
        return {label: _tried(makers[label][1], letter) for label in wanted}

    pool = ThreadPoolExecutor(threads(), thread_name_prefix="riskmap-letter")
    try:
        drafts = ((kind, _drafted(outlook, code, kind, products, ledger)) for kind, code in due)
        begun = [(kind, letter, pool.submit(made, kind, letter)) for kind, letter in drafts if letter]
        for kind, letter, waiting in begun:
            yield kind, letter, waiting.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _tried(make: Callable[[Letter], bytes], letter: Letter) -> bytes | Exception:
    try:
        return make(letter)
    except Exception as error:
        return error


def _drafted(
    outlook: Outlook, code: str, kind: DocumentType, products: ProductsSection, ledger: Ledger
) -> Letter | None:
    """A draft; without its map where the outline cannot be drawn, since the words warn people and the map only helps."""
    from riskmap.products.letter import draft_letter

    for with_map in (True, False):
        try:
            return draft_letter(
                outlook, code, issuer=products.issuer, document=kind, organ=products.organ, with_map=with_map
            )
        except Exception as error:
            ledger.missed(f"letter {code} ({kind.chinese}{', map' if with_map else ''})", error)
    return None


def _feed(outlook: Outlook, entries: Sequence[FeedEntry], *, issuer: str | None) -> bytes:
    """The cycle's messages; without any, a feed that says so by being empty."""
    return atom_feed(
        entries,
        title=f"台风“{outlook.event.chinese}”({outlook.event.number})风险研判消息",
        author=issuer or DEFAULT_ISSUER,
        updated=outlook.issued_at,
        name=f"{outlook.event.number}|{issuer or DEFAULT_ISSUER}",
    )


def _fonts(scenario: Scenario) -> FontSet | None:
    from riskmap.products.typeset import own_fonts

    return own_fonts(scenario.products.fonts) if scenario.products.fonts else None


def _makers(outlook: Outlook, scenario: Scenario) -> Makers:
    from riskmap.products.cap import cap_alert
    from riskmap.products.cap_envelope import cap_identifier, validate_cap
    from riskmap.products.docx import letter_docx
    from riskmap.products.letter import letter_pdf

    fonts = _fonts(scenario)

    def cap(letter: Letter) -> bytes:
        message = cap_alert(
            outlook, letter.code, identifier=cap_identifier(letter.code, outlook.issued_at),
            sent=outlook.issued_at, sender=CAP_SENDER,
        )  # fmt: skip
        validate_cap(message)
        return message

    return {
        "PDF": ("pdf", lambda letter: letter_pdf(letter, fonts=fonts)),
        "DOCX": ("docx", lambda letter: letter_docx(letter, fonts=fonts)),
        "CAP": ("xml", cap),
    }
