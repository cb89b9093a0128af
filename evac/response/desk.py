"""The desk where a named person starts, raises, lowers or ends a response; refused decisions say why, kept ones are for good."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from evac.errors import ConflictError
from evac.log import BodyLog, Head, verify_chain
from evac.response.events import ResponseRecord, canonical, parse
from evac.response.standing import Key, Response, fold, key_of, refusal

AHEAD: Final = timedelta(hours=24)
"""How far ahead of the clock a decision may take effect; more is a mistyped date (D)."""


class ResponseDesk:
    """Takes decisions on responses; one desk may serve many threads.

    Parameters
    ----------
    log : BodyLog
        Of the office.
    """

    def __init__(self, log: BodyLog) -> None:
        self.log = log
        self._records: list[ResponseRecord] = []
        self._seen = 0
        self._lock = threading.Lock()

    def _caught_up(self) -> list[ResponseRecord]:
        for entry in self.log.after(self._seen):
            self._records.append(parse(entry.body))
            self._seen = entry.sequence
        return self._records

    def records(self) -> tuple[ResponseRecord, ...]:
        """Everything on record, in the order in which it was entered."""
        with self._lock:
            return tuple(self._caught_up())

    def responses(self) -> Mapping[Key, Response]:
        """Where every response stands."""
        return fold(self.records())

    def decide(self, record: ResponseRecord, *, now: datetime) -> Response:
        """Enter a decision.

        Parameters
        ----------
        record : Started, Raised, Lowered, Ended or Released
            Its ``at`` may lie in the past: decisions on paper are entered later, and take their place in time.
        now : datetime
            Time of entry, with time zone.

        Returns
        -------
        Response
            As it stands with the decision. The same id again changes nothing.

        Raises
        ------
        ConflictError
            It contradicts what is on record, or takes effect more than a day from now.
        """
        if record.at > now + AHEAD:
            raise ConflictError(
                "a decision from the future", where=f"region {record.region}, {record.kind}",
                expected=f"at most {AHEAD // timedelta(hours=1)} h from now ({now.isoformat()})", found=record.at.isoformat(),
                remedy="check the date, and this computer's clock: evac clock",
            )  # fmt: skip
        with self._lock, self.log.writing() as append:
            known = self._caught_up()
            why = refusal(known, record)
            if why is not None:
                raise ConflictError(
                    f"refused: {why}", where=f"region {record.region}, {record.of}, {record.kind}",
                    expected="a decision that follows from the one in force",
                    found=f"{record.kind} at {record.at.isoformat()} by {record.by}",
                    remedy="see: evac response show",
                )  # fmt: skip
            if all(r.id != record.id for r in known):
                append([canonical(record)], now, [record.id])
        return self.responses()[key_of(record)]

    def verify(self, witness: Head | Sequence[Head] = ()) -> Head:
        """Walk the hash chain; see ``evac.log.verify_chain``.

        Raises
        ------
        ConflictError
            The log was altered.
        """
        return verify_chain(self.log.after(0), witness)
