"""One more draft beside a published run: the same facts as the run's own, read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from riskmap.errors import ConfigError
from riskmap.io.durable import replace_file
from riskmap.io.published_outlook import read_outlook
from riskmap.products.documents.types import types_with
from riskmap.products.docx import letter_docx, naming_map
from riskmap.products.draft_json import draft_json
from riskmap.products.letter import draft_letter, letter_pdf, letter_rare
from riskmap.products.letter_bundle import file_stem
from riskmap.products.letter_fields import Letter


@dataclass(frozen=True)
class Drafted:
    """A draft and its files: the JSON that is signed comes last, so that it stands for a whole set.

    ``rare`` says which characters of which words stand as 〓 on paper.
    """

    letter: Letter
    files: tuple[Path, ...]
    rare: str = ""


def write_draft(source: Path, *, kind: str, region: str, entries: Mapping[str, str]) -> Drafted:
    """Draft a document of a published run, and write it into the region's folder of letters.

    Parameters
    ----------
    source : Path
        Folder of the run.
    kind : str
        Id of the type, the run's own types included.
    region : str
        Code of a county or city.
    entries : mapping
        Words by entry.

    Raises
    ------
    SourceError, DataError
        The run cannot be read; no such region or entry; the type is not due there.
    ConfigError
        No such type.
    MissingExtraError
        The extra ``letters`` is not installed.
    """
    published = read_outlook(source)
    kinds = types_with(published.document_files)
    if kind not in kinds:
        near = get_close_matches(kind, list(kinds), n=1)
        raise ConfigError(
            "no such document type", where="--type", expected=" | ".join(kinds), found=repr(kind),
            remedy=f"did you mean {near[0]!r}?" if near else "see docs/concepts/letters.md",
        )  # fmt: skip
    letter = draft_letter(
        published.outlook,
        region,
        issuer=published.issuer,
        document=kinds[kind],
        entries=entries,
        organ=published.organ,
    )
    folder = source / "letters" / region
    stem = file_stem(kinds[kind])
    docx = letter_docx(letter)
    letter = naming_map(letter, docx)
    contents: dict[str, str | bytes] = {
        f"{stem}.pdf": letter_pdf(letter),
        f"{stem}.docx": docx,
        f"{stem}.json": draft_json(letter),
    }
    # what is signed comes last: the papers beside it are never of an earlier draft
    for name, content in contents.items():
        replace_file(folder / name, content)
    return Drafted(letter, tuple(folder / name for name in contents), letter_rare(letter))
