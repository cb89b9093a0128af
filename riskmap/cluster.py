"""Work on a Dask cluster: where a client of ``distributed`` is in force, pieces that need nothing of each other run there.

A client in force is the caller's own (``with distributed.Client(...):``, as everywhere in Dask) or that of ``using``. Without
one everything runs here. Results are the same. A worker that dies costs the pieces that it had in hand: they run again.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, TypeVar

from riskmap.errors import ConfigError, MissingExtraError, SourceError

PATIENCE: Final = 20.0
"""How long a scheduler may take to answer, and a cluster may be without any worker [s]."""

LOOK: Final = 1.0
"""How often it is looked whether there is a worker, while no piece ends [s]."""

PIECES_PER_THREAD: Final = 2
"""Into so many pieces a thread work is cut: what a dead worker costs is one of them, and the last one is soon done."""

Part = TypeVar("Part")
Result = TypeVar("Result")


@contextmanager
def using(address: str | None) -> Iterator[None]:
    """Run on a cluster what can be cut into pieces; on this machine where ``address`` is None.

    Parameters
    ----------
    address : str, optional
        Of the scheduler, e.g. ``tcp://10.0.0.5:8786``, or its scheduler file.

    Raises
    ------
    MissingExtraError
        Dask is not installed.
    SourceError
        The scheduler does not answer, or has no worker.
    ConfigError
        A worker has another version of riskmap: its numbers could be other ones.
    """
    if address is None:
        yield
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingExtraError(
            "a cluster needs Dask", where="--dask", remedy="pip install 'riskmap[scale]'"
        ) from error
    named = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
    try:
        client = Client(**named, timeout=PATIENCE)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise SourceError(
            "the cluster does not answer", where=f"--dask {address}", expected="the address of a running scheduler",
            found=str(error) or type(error).__name__, remedy="start `dask scheduler` and `dask worker`, or leave --dask out",
        ) from error  # fmt: skip
    with client:
        _require_same_version(client, address)
        yield


def in_force() -> Any | None:
    """The client that is in force; None where there is none, and on the workers themselves."""
    distributed = sys.modules.get("distributed")  # who has not loaded it has no client
    if distributed is None:
        return None
    try:
        return distributed.default_client()
    except ValueError:
        return None


def spread(
    client: Any, function: Callable[[Any, Sequence[Part]], Result], common: Any, work: Sequence[Part]
) -> Iterator[Result]:
    """``function(common, piece)`` of even pieces of the work, in the order in which they end.

    Parameters
    ----------
    common : Any
        What every piece needs: sent to each worker once.

    Raises
    ------
    SourceError
        The cluster is gone or has no workers left, they died over one piece again and again, or one has another riskmap.
    """
    from distributed import CancelledError, KilledWorker

    jobs: list[Any] = []
    try:
        size = -(-len(work) // max(1, PIECES_PER_THREAD * sum(client.nthreads().values())))
        pieces = [work[first : first + size] for first in range(0, len(work), size)]
        shared = client.scatter(common, broadcast=True, hash=False)
        jobs += [client.submit(_run, _version(), function, shared, piece, pure=False) for piece in pieces]
        for job in _ended(client, jobs):
            yield job.result()
    except (KilledWorker, CancelledError, TimeoutError, OSError) as error:
        raise SourceError(
            "the cluster did not finish", where="Dask cluster", expected="a scheduler that stays, workers of this version with enough memory",
            found=f"{type(error).__name__}: {error}", remedy="look at its logs, or run without it",
        ) from error  # fmt: skip
    finally:
        with suppress(Exception):  # a cluster that is gone has nothing to cancel
            client.cancel(jobs)


def _run(wanted: str, function: Callable[[Any, Part], Result], common: Any, piece: Part) -> Result:
    """On a worker, which may have come after the cluster was looked at."""
    if _version() != wanted:
        raise SourceError("a worker has another riskmap", expected=wanted, found=_version())
    return function(common, piece)


def _ended(client: Any, jobs: Sequence[Any]) -> Iterator[Any]:
    """Jobs as they end. Dask would wait for ever for a worker; here one must come back within ``PATIENCE``."""
    from distributed import wait

    waiting, last_seen = set(jobs), time.monotonic()
    while waiting:
        try:
            done = wait(waiting, timeout=LOOK, return_when="FIRST_COMPLETED").done  # type: ignore[no-untyped-call]
        except TimeoutError:
            done = set()
        if done or client.nthreads():
            last_seen = time.monotonic()
        elif time.monotonic() - last_seen > PATIENCE:
            raise TimeoutError(f"no worker for {PATIENCE:g} s")
        waiting -= done
        yield from done


def _require_same_version(client: Any, address: str) -> None:
    found = client.run(_version, on_error="ignore")  # one that is just being restarted
    if not found:
        raise SourceError(
            "the cluster has no worker", where=f"--dask {address}", remedy=f"start one: dask worker {address}"
        )
    strange = sorted({told for told in found.values() if told != _version()})
    if strange:
        raise ConfigError(
            "workers of the cluster have another riskmap", where=f"--dask {address}", expected=_version(),
            found=", ".join(strange), remedy="install the same version on every machine",
        )  # fmt: skip


def _version() -> str:
    try:
        return version("riskmap")
    except PackageNotFoundError:
        return "none installed"
