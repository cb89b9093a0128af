"""The notebooks as ``make test`` runs them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness import ROOT, Record, python, seconds

CLAIMS = ("notebooks_seconds",)


def measure(*, quick: bool = False) -> list[Record]:
    """Every notebook executed, one after the other, as ``make test`` does."""
    sources = sorted((ROOT / "notebooks").glob("*.py"))[: 1 if quick else None]
    with TemporaryDirectory() as folder:
        for source in sources:
            target = Path(folder) / f"{source.stem}.ipynb"
            python("-m", "jupytext", "--quiet", "--to", "ipynb", "--output", str(target), str(source))
        spent = seconds(
            lambda: python(
                "-m",
                "pytest",
                "-q",
                "--nbmake",
                "--override-ini=addopts=",
                "--override-ini=testpaths=",
                folder,
            )
        )
    return [Record("notebooks_seconds", spent, "s", note=f"{len(sources)} notebook(s) through nbmake")]
