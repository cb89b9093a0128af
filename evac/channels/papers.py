"""The papers of a signed document, out of the folders that `evac sign` wrote: found by digest, and only as they were signed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from riskmap.errors import SourceError

_RECEIPT = "receipt.json"


@dataclass(frozen=True)
class Papers:
    """Where signed folders are looked for.

    Attributes
    ----------
    base : Path
        Folder that the patterns count from.
    patterns : tuple of str
        Of ``signed`` folders, e.g. ``out/*/signed``.
    names : tuple of str
        Files that are wanted, e.g. ``document.pdf``.
    """

    base: Path
    patterns: tuple[str, ...]
    names: tuple[str, ...]

    def of(self, draft: str) -> dict[str, bytes]:
        """The wanted files of a document.

        Parameters
        ----------
        draft : str
            Digest of the document.

        Raises
        ------
        SourceError
            No folder holds it, a file is missing, or is not the one that was signed: a letter does not go out without its
            paper, and never with another.
        """
        for pattern in self.patterns:
            for receipt in sorted(self.base.glob(f"{pattern}/*/{_RECEIPT}")):
                told = _receipt(receipt)
                if told.get("digest") == draft:
                    return {name: _whole(receipt.parent / name, told.get("files")) for name in self.names}
        raise SourceError(
            "the papers of this document are not there", where=f"document {draft[:16]}",
            expected=f"a folder that evac sign wrote, below {', '.join(self.patterns)}", found="none",
            remedy="mend `papers` of the channel, or sign the draft again: its number stays",
        )  # fmt: skip


def _receipt(path: Path) -> Mapping[str, Any]:
    """One that cannot be read is none: the folder beside it may be whole."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _whole(path: Path, told: Any) -> bytes:
    digests = told if isinstance(told, Mapping) else {}
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(
            "a paper of this document cannot be read", where=str(path), expected="the file that evac sign wrote",
            found=str(error.strerror), remedy="sign the draft again: its number stays",
        ) from error  # fmt: skip
    if sha256(content).hexdigest() != digests.get(path.name):
        raise SourceError(
            "a paper is not the one that was signed", where=str(path), expected=f"SHA-256 {digests.get(path.name)}",
            found=sha256(content).hexdigest(), remedy="find out who changed it, then sign the draft again: its number stays",
        )  # fmt: skip
    return content
