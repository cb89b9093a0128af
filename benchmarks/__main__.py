"""``python -m benchmarks [name]``: run one benchmark, or all of them."""

from __future__ import annotations

import sys
from importlib import import_module

from benchmarks.harness import publish
from benchmarks.page import files


def names() -> list[str]:
    """Every benchmark of this folder."""
    return [path.stem for path in files()]


def main(wanted: list[str]) -> int:
    """Run what was asked for; 1 where a part failed, 2 where there is no such benchmark."""
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there are {', '.join(names())}", file=sys.stderr)
        return 2
    well = True
    for name in wanted or names():
        benchmark = import_module(f"benchmarks.{name}")
        found = benchmark.measure()
        records, all_well = found if isinstance(found, tuple) else (found, True)
        publish(name, records, benchmark.CLAIMS)
        well = well and all_well
    return int(not well)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
