"""The one byte form of a log's frozen records: compact JSON, sorted names, instants as microseconds since 1970 UTC.

The logs of documents, of the field and of responses write so. Check-ins have a quicker form of their own (``evac.events``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Generic, TypeVar

from evac.envelope import instant_of, microseconds
from riskmap.errors import DataError


class LogRecord:
    """What a frozen dataclass must tell to be written: its kind, and which of its fields are instants."""

    __slots__ = ()
    kind: ClassVar[str] = ""
    instants: ClassVar[tuple[str, ...]] = ("at",)
    """Fields that are instants."""
    open_instants: ClassVar[tuple[str, ...]] = ()
    """Those that are an instant or None."""


R = TypeVar("R", bound=LogRecord)


@dataclass(frozen=True)
class RecordForm(Generic[R]):
    """How the records of one log are written and read.

    Attributes
    ----------
    log : str
        Whose records they are, for errors: ``documents``.
    kinds : mapping of str to type
        The closed union of its records, by kind.
    readers : mapping of str to callable
        How a field is made of its JSON value, for fields that are neither text, number, tuple nor instant.
    """

    log: str
    kinds: Mapping[str, type[LogRecord]]
    readers: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)

    def canonical(self, record: R) -> bytes:
        """The bytes of a record."""
        content = asdict(record) | {"kind": record.kind}  # type: ignore[call-overload]  # a union of dataclasses
        content |= _each(content, record.instants, microseconds) | _open(
            content, record.open_instants, microseconds
        )
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def parse(self, data: bytes) -> R:
        """The record of its bytes.

        Raises
        ------
        DataError
            Not JSON, of no known kind, or a field missing, unknown or of the wrong type.
        """
        try:
            content: dict[str, Any] = json.loads(data)
            cls = self.kinds[content.pop("kind")]
            names = {f.name for f in fields(cls)}  # type: ignore[arg-type]  # as above
            if set(content) != names:
                raise TypeError(f"expected the fields {', '.join(sorted(names))}")
            content |= _each(content, cls.instants, instant_of) | _open(
                content, cls.open_instants, instant_of
            )
            for name, read in self.readers.items():
                content |= _each(content, names & {name}, read)
            return cls(**{name: _frozen(value) for name, value in content.items()})  # type: ignore[return-value]
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise DataError(
                f"not a record of {self.log}", where=f"log of {self.log}, record {data[:60]!r}",
                expected=f"one of {', '.join(self.kinds)}, as it was written", found=f"{type(error).__name__}: {error}",
                remedy="restore the log from its last backup",
            ) from error  # fmt: skip


def _each(content: Mapping[str, Any], names: Iterable[str], change: Callable[[Any], Any]) -> dict[str, Any]:
    return {name: change(content[name]) for name in names}


def _open(content: Mapping[str, Any], names: Iterable[str], change: Callable[[Any], Any]) -> dict[str, Any]:
    return _each(content, [name for name in names if content[name] is not None], change)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
