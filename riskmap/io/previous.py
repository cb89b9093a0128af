"""The run that was published before this one: named by the caller, or the folder that is being replaced."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from riskmap.assessment import Assessment
from riskmap.errors import ConfigError, RiskmapError
from riskmap.io.publish import MARK
from riskmap.standing import past
from riskmap.succession import require_standing


def read_previous(
    target: Path, *, previous: Path | None, fresh: bool, event: str, issued_at: datetime
) -> tuple[Assessment | None, str]:
    """The assessment published before, and where it stood; None where this cycle is the first.

    Parameters
    ----------
    target : Path
        The folder that is to be published; an earlier run in it is the one before, unless ``previous`` is given.
    previous : Path, optional
        Folder of the run before.
    fresh : bool
        Start anew: nothing is held that was published before.
    event, issued_at
        Of the cycle that is to run: the run before must be of the same storm, and not later.

    Raises
    ------
    ConfigError
        Both are asked for.
    SourceError, DataError
        The run before cannot be read: a tier is never lowered because a state was lost.
    """
    if fresh and previous is not None:
        raise ConfigError(
            "two starts were asked for", where="--previous, --fresh", expected="one of them", found="both",
            remedy="leave --fresh out to go on from the run that --previous names",
        )  # fmt: skip
    folder = previous if previous is not None else target if (target / MARK).is_file() else None
    if fresh or folder is None:
        return None, ""
    from riskmap.io.published import read_assessment

    try:
        found = read_assessment(folder)
        require_standing(found, str(folder))
        past(found.standing, event=event, issued_at=issued_at, where=str(folder))
        return found, str(folder)
    except RiskmapError as problem:
        problem.remedy = (
            "name the last good run of this event with --previous; or start anew with --fresh, and then nothing that "
            "was published before is held"
        )
        raise
