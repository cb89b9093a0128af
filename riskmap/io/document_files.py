"""A bureau's own document types: a folder of TOML files and the Typst templates that they name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from riskmap.errors import SourceError
from riskmap.io.toml_file import read_text

SUFFIXES: Final = (".toml", ".typ")


def read_document_files(folder: str | Path) -> dict[str, str]:
    """Texts of a folder's ``*.toml`` and ``*.typ`` files, by file name; ``riskmap.products.documents`` checks them.

    Raises
    ------
    SourceError
        No such folder, no type in it, or a file that is no text.
    """
    place = Path(folder)
    found = sorted(p for p in place.iterdir() if p.suffix in SUFFIXES) if place.is_dir() else []
    if not any(path.suffix == ".toml" for path in found):
        raise SourceError(
            "no document types are there",
            where=str(place),
            expected="a folder with a TOML file a type",
            found="files" if place.is_dir() else "no folder",
            remedy="see docs/concepts/letters.md, or leave [products] document_types out",
        )
    return {path.name: read_text(path) for path in found}
