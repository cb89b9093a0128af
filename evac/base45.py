"""Base45 (RFC 9285): bytes as the characters that a QR code packs best."""

from __future__ import annotations

import struct
from typing import Final

_BASE45: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_PAIRS: Final = [_BASE45[n % 45] + _BASE45[n // 45] for n in range(45 * 45)]
_DIGITS: Final = bytes(_BASE45.find(chr(n)) % 256 for n in range(256))  # 255 where not base45


def base45_encode(data: bytes) -> str:
    """Base45 text of bytes (RFC 9285).

    Examples
    --------
    >>> base45_encode(b"Hello!!")
    '%69 VD92EX0'
    """
    numbers = struct.unpack_from(f">{len(data) // 2}H", data)
    text = [_PAIRS[number % 2025] + _BASE45[number // 2025] for number in numbers]
    if len(data) % 2:
        text.append(_PAIRS[data[-1]])
    return "".join(text)


def base45_decode(text: str) -> bytes:
    """Bytes of base45 text (RFC 9285).

    Raises
    ------
    ValueError
        A character, length or group that base45 does not have.

    Examples
    --------
    >>> base45_decode("QED8WEX0")
    b'ietf!'
    """
    digits = text.encode("ascii", "replace").translate(_DIGITS)
    if len(digits) % 3 == 1 or 255 in digits:
        raise ValueError("not base45")
    whole = len(digits) // 3 * 3
    groups = zip(digits[:whole:3], digits[1:whole:3], digits[2:whole:3])
    numbers = [low + 45 * middle + 2025 * high for low, middle, high in groups]
    rest = digits[whole] + 45 * digits[whole + 1] if whole < len(digits) else None
    if max(numbers, default=0) > 0xFFFF or (rest or 0) > 0xFF:
        raise ValueError("not base45: a group is too large")
    return struct.pack(f">{len(numbers)}H", *numbers) + (b"" if rest is None else bytes([rest]))
