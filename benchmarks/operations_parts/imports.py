"""What a bare import costs."""

from __future__ import annotations

from statistics import median

from benchmarks.harness import Record, python, seconds

CLAIMS = ("import_riskmap_seconds", "import_evac_seconds")

IMPORTS = 15


def measure(*, quick: bool = False) -> list[Record]:
    """Of both packages."""
    times = 3 if quick else IMPORTS
    return [_import(package, times) for package in ("riskmap", "evac")]


def _import(package: str, times: int) -> Record:
    """Median of several processes, less that of a bare interpreter; the files are in the page cache."""
    python("-c", f"import {package}")
    whole = median(seconds(lambda: python("-c", f"import {package}")) for _ in range(times))
    bare = median(seconds(lambda: python("-c", "pass")) for _ in range(times))
    note = f"median of {times} processes of {whole:.3f} s, less {bare:.3f} s of a bare interpreter"
    return Record(f"import_{package}_seconds", max(whole - bare, 0.0), "s", note=note)
