"""The durable check-ins again on a disk whose every sync takes 5 ms longer: what a spinning or shared disk does to both sides."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.check_ins import files, group, servers
from benchmarks.check_ins.power_cut import compiled
from benchmarks.harness import ROOT, Record, not_built, publish

SOURCE = Path(__file__).with_name("slow_sync.c")
DELAY_US, SIZE = 5000, 200_000
_SLOW, _BELOW = "_slow_disk", "SYNC_DELAY_US"
_PARTS = (files, group, servers)
CLAIMS = tuple(f"{claim}{_SLOW}" for part in _PARTS for claim in part.CLAIMS)


def measure() -> list[Record]:
    """Every ratio of SQLite and PostgreSQL to its driver's script, both below the same slow disk.

    A tenth of the people: the sync decides, not the size. A process of its own measures, and starts its servers: the shim
    must be there before their first sync.
    """
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # a server that root starts runs as another user
        shim = compiled(Path(folder), SOURCE)
        if shim is None:
            return [
                not_built(claim, files.UNIT, "there is no C compiler for the slow disk") for claim in CLAIMS
            ]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.check_ins.slow_disk"],
            env=os.environ | {"LD_PRELOAD": str(shim), _BELOW: str(DELAY_US)},
            cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=1800,
        )  # fmt: skip
    return [Record(**told) for told in json.loads(done.stdout.splitlines()[-1])]


def _below() -> list[Record]:
    found = [record for part in _PARTS for record in part.measure(size=SIZE)]
    return [
        replace(record, claim=f"{record.claim}{_SLOW}", note=f"{record.note}; each sync {DELAY_US / 1000:g} ms longer")
        for record in found
    ]  # fmt: skip


if __name__ == "__main__":
    if _BELOW in os.environ:
        print(json.dumps([asdict(record) for record in _below()]))
    else:
        publish("registry_slow_disk", measure(), CLAIMS)
