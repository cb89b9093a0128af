"""The emergency's key from its file: refused where others can read it."""

from __future__ import annotations

from pathlib import Path

from evac.private_files import read_private
from evac.vault import KEY_BYTES, Vault
from riskmap.errors import DataError, SourceError


def read_key(path: Path) -> Vault:
    """The vault of a key file: 64 hexadecimal digits.

    Raises
    ------
    SourceError
        It cannot be read, or others than its owner can read it too.
    DataError
        It holds no key; what it holds is not repeated.
    """
    try:
        held = read_private(path, secret=True)
    except SourceError as error:
        raise SourceError(
            error.message, where=str(path), expected=error.expected, found=error.found,
            remedy="chmod 600 it; if somebody may have copied it, take it that they can read the registry's names",
        ) from None  # fmt: skip
    try:
        key = bytes.fromhex(held.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise DataError(
            "not the key of an emergency",
            where=str(path),
            expected=f"{2 * KEY_BYTES} hexadecimal digits",
            found=f"{len(held)} bytes",
            remedy="name the file that `evac vault new` made",
        )
    return Vault(key)
