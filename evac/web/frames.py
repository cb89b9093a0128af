"""What a phone shows as QR codes one after another when it has no network at all, put together again.

A text is ``EVX1:SET:NUMBER/OF:base64``; the set's name is the beginning of the SHA-256 of the whole, which checks it.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64decode
from collections.abc import Iterable
from typing import Final

from riskmap.errors import DataError

_FRAME: Final = re.compile(r"EVX1:([0-9a-f]{8}):(\d{1,4})/(\d{1,4}):([A-Za-z0-9+/=]*)")


def file_of_frames(texts: Iterable[str]) -> bytes:
    """The file of one set of texts, in any order, with repeats and with other texts among them.

    Parameters
    ----------
    texts : iterable of str
        As a scanner types them, one code a line.

    Returns
    -------
    bytes
        A header line and one canonical event a line, as the phone's own file has it.

    Raises
    ------
    DataError
        No such text, texts of several sets, some missing (names them), or a sum that does not fit.

    Examples
    --------
    >>> file_of_frames(["EVX1:ba7816bf:2/2:Yw==", "hello", "EVX1:ba7816bf:1/2:YWI="])
    b'abc'
    """
    found = [match for text in texts if (match := _FRAME.fullmatch(text.strip()))]
    sets = {(match[1], int(match[3])) for match in found}
    if len(sets) != 1:
        raise DataError(
            "not one set of codes", where="scanned texts", expected="texts EVX1:... of one export",
            found=f"{len(sets)} sets", remedy="scan all codes of one export, from the first to the last",
        )  # fmt: skip
    ((name, count),) = sets
    pieces = {int(match[2]): match[4] for match in found}
    missing = sorted(set(range(1, count + 1)) - pieces.keys())
    if missing:
        raise DataError(
            "codes are missing", where=f"set {name}", expected=f"1 to {count}",
            found=f"without {', '.join(map(str, missing[:20]))}", remedy="let the phone show them again, and scan these; where it wrote more since, it shows another set: scan all of that",
        )  # fmt: skip
    try:
        whole = b"".join(b64decode(pieces[n], validate=True) for n in range(1, count + 1))
    except binascii.Error:
        whole = b""
    if hashlib.sha256(whole).hexdigest()[:8] != name:
        raise DataError("the codes do not fit together", where=f"set {name}", remedy="scan them again")
    return whole
