"""What the log of responses fills into documents: level and time come from the decision, and nobody types them again."""

from __future__ import annotations

from typing import Final

from evac.errors import ConflictError
from evac.response.events import Ended, Lowered, Raised, Started
from evac.response.standing import Response
from riskmap.outlook import beijing

NOTICE: Final = "response_notice"
END: Final = "response_end"


def paper_entries(
    response: Response, *, quoted_signal: str = "", open_transfers: str = ""
) -> tuple[str, dict[str, str]]:
    """Type of the document that a response needs now, and its entries.

    Parameters
    ----------
    response : Response
        In force: a 预警响应通知单; ended: a 结束响应.
    quoted_signal : str
        The official signal, its station and time, unaltered; for a notice.
    open_transfers : str
        Transfers that are not released, 无 if none; for an ending. Where it is empty and no release is on record, the draft
        shows a blank and sign-off is refused: nobody may forget who is still out.

    Returns
    -------
    type, entries

    Raises
    ------
    ConflictError
        No response was ever started.
    """
    if response.level and response.since is not None:
        entries = {"response_level": response.level.words, "response_from": beijing(response.since)}
        return NOTICE, entries | ({"quoted_signal": quoted_signal} if quoted_signal else {})
    ends = [record for record in response.history if isinstance(record, Ended)]
    if not ends:
        raise ConflictError(
            "no response was ever started", where=f"region {response.key.region}", expected="one in force, or ended",
            found=response.level.words, remedy="see: evac response show",
        )  # fmt: skip
    before = [r.level for r in response.history if isinstance(r, Started | Raised | Lowered)]
    told = open_transfers or ("无" if response.released_at is not None else "")
    return END, {
        "response_level": before[-1].words,
        "response_until": beijing(ends[-1].at),
        "open_transfers": told,
    }
