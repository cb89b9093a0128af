"""A look at one layer of a scenario by the reader that a run uses: what it covers, its datum and unit, what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from riskmap.io.around import Around, Seen
from riskmap.io.grid_looks import GRID_LOOKS
from riskmap.io.publish import file_digest
from riskmap.io.register_looks import REGISTER_LOOKS


def look(key: str, around: Around) -> Seen:
    """What the file of a key holds; empty facts for one that only has to be there.

    Parameters
    ----------
    key : str
        Of the scenario, and given there.
    around : Around

    Raises
    ------
    RiskmapError
        The file cannot be used; the message says where and what to do.
    """
    section, _, name = key.partition(".")
    if getattr(around.scenario, section) is None:  # it was delivered, and what must stand beside it was not
        return Seen("not used", said=(f"[{section}] is left out of a run until all that it needs is there",))
    found = GRID_LOOKS.get(key) or REGISTER_LOOKS.get(key)
    if found is not None:
        return found(around)
    value = getattr(getattr(around.scenario, section), name)
    for path in value if isinstance(value, tuple) else (value,):
        if isinstance(path, Path) and not path.is_dir():
            file_digest(path)  # readable to its end
    return Seen()
