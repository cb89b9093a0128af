"""The QR code's picture: version 6 at most, error level M, always the same bytes for the same code.

zxing-cpp writes it some eighteen times as fast as segno, with the same modules.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from evac.ticket import qr_text, ticket_of
from riskmap.errors import DataError
from riskmap.products.qr import modules_png

MODULES: Final = 41
"""Modules a side of version 6 (ISO/IEC 18004: 17 + 4 a version)."""

_MOST_CHARACTERS: Final = 154
"""Alphanumeric characters that version 6-M holds (ISO/IEC 18004, table 7)."""


def qr_modules(signed: bytes) -> npt.NDArray[np.bool_]:
    """Dark modules of the QR code of signed bytes.

    Returns
    -------
    array of bool (41, 41)
        True where dark; without the quiet zone.

    Raises
    ------
    DataError
        The content is too long for version 6-M, or nothing was signed: an empty code would look like any other.
    """
    import zxingcpp

    ticket_of(signed)
    text = qr_text(signed)
    if len(text) > _MOST_CHARACTERS:
        raise DataError(
            "too long for a QR code of version 6-M",
            where="signed code",
            expected=f"{_MOST_CHARACTERS} characters",
            found=str(len(text)),
            remedy="use a suite with signatures of 64 bytes",
        )
    # content that looks random needs no search for the best of eight masks, which takes five times as long
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", version=6, data_mask=2)
    light = np.asarray(code.to_image(scale=1, add_quiet_zones=False), dtype=np.uint8)
    dark: npt.NDArray[np.bool_] = light == 0
    return dark


def qr_png(signed: bytes) -> bytes:
    """The QR code as a PNG of one bit a module, without its quiet zone; to be scaled without smoothing."""
    return modules_png(qr_modules(signed), effort=1)
