"""How a section takes its keys."""

from __future__ import annotations

from typing import Final

STRICT: Final = {"extra": "forbid"}
"""A misspelt key is an error, never ignored."""
