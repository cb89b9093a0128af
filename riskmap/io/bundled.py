"""Where the bundled data lies: in the installed package, or in ``data/`` of a clone."""

from __future__ import annotations

from pathlib import Path

from riskmap.errors import SourceError

_PACKAGE = Path(__file__).resolve().parents[1]


def data_directory() -> Path:
    """Folder of the bundled data.

    Raises
    ------
    SourceError
        The installation is broken.
    """
    for folder in (_PACKAGE / "data", _PACKAGE.parent / "data"):
        if (folder / "README.md").is_file():
            return folder
    raise SourceError(
        "the bundled data is not there",
        where=str(_PACKAGE / "data"),
        expected="the folder that the wheel installs",
        remedy="install riskmap again",
    )


def bundled(name: str) -> Path:
    """Path of one bundled file, e.g. ``tracks/jma_bst_zhejiang_2015_2021.txt``.

    Raises
    ------
    SourceError
        No such file is bundled.

    Examples
    --------
    >>> bundled("sea_walls/sea_walls_example.csv").name
    'sea_walls_example.csv'
    """
    path = data_directory() / name
    if not path.is_file():
        raise SourceError(
            "no such bundled file",
            where=str(path),
            expected="a file listed in data/README.md",
            remedy="check the name",
        )
    return path
