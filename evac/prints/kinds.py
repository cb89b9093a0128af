"""The kinds of printed codes."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What is printed; the value is the word on the command line and in file names."""

    PENDANTS = "pendants"
    WRISTBANDS = "wristbands"
    HOUSEHOLDS = "households"
