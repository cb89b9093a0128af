"""Errors of the head-count, a branch of the tree drawn in ``riskmap.errors``.

::

    EvacError
    ├── CodeError              a scanned code is not accepted
    │   ├── UnknownCodeError   not one of ours, cut short, or signed by a key that is not known here
    │   ├── ForgedCodeError    the signature does not fit the content
    │   └── ExpiredCodeError   outside its days of validity
    ├── CapacityError          more people than places
    └── ConflictError          a command contradicts what the registry holds; or the log was altered
"""

from __future__ import annotations

from riskmap.errors import RiskmapError


class EvacError(RiskmapError):
    """Base of the errors raised by the head-count."""


class CodeError(EvacError):
    """A scanned code is not accepted; the person at the door is let in all the same and added by hand."""

    exit_code = 4


class UnknownCodeError(CodeError):
    """Not one of our codes, cut short, or signed by a key that this device does not know."""


class ForgedCodeError(CodeError):
    """The signature does not fit the content."""


class ExpiredCodeError(CodeError):
    """The code is not valid at this time."""


class CapacityError(EvacError):
    """More people than places."""


class ConflictError(EvacError):
    """A command contradicts the state of the person, or the log was altered."""
