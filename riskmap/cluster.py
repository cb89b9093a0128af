"""Work on a Dask cluster: where a client of ``distributed`` is in force, pieces that need nothing of each other run there.

A client in force is that of ``using``, or else the caller's own (``with distributed.Client(...):``, as everywhere in Dask). Without
one everything runs here. That of ``using`` does this work alone: what else Dask computes and writes stays on this machine. Results are the same. A worker that dies costs the pieces that it had in hand: they run again.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from riskmap.errors import ConfigError, MissingExtraError, SourceError

PATIENCE: Final = 20.0
"""How long a scheduler may take to answer, and a cluster may be without any worker [s]."""

LOOK: Final = 1.0
"""How often it is looked whether there is a worker, while no piece ends [s]."""

PIECES_PER_THREAD: Final = 2
"""Into so many pieces a thread work is cut: what a dead worker costs is one of them, and the last one is soon done."""

_ours: Final[list[Any]] = []
"""Clients of ``using``, the innermost last."""

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
        # not Dask's default: every file that xarray writes would ask the scheduler for a lock, also one that is gone
        client = Client(**named, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise _no_answer(address, error) from error
    with client:
        _require_same_version(client, address)
        _ours.append(client)
        try:
            yield
        finally:
            _ours.remove(client)


def in_force() -> Any | None:
    """The client that is in force; None where there is none, where its scheduler is gone, and on the workers themselves."""
    distributed = sys.modules.get("distributed")  # who has not loaded it has no client
    if distributed is None:
        return None
    try:
        client = _ours[-1] if _ours else distributed.default_client()
    except ValueError:
        return None
    if client.status != "running":  # Dask leaves a closed client in force
        logging.getLogger("riskmap").warning(
            "the Dask cluster is gone (its client is %s): run here instead", client.status
        )
        return None
    return client


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
        Whatever ends the work there: the cluster is gone or has no workers left, they died over one piece again and again, or one
        has another riskmap, none, or too little memory. A fault of ``function`` itself shows where it is run here.
    """
    jobs: list[Any] = []
    try:
        size = -(-len(work) // max(1, PIECES_PER_THREAD * sum(client.nthreads().values())))
        pieces = [work[first : first + size] for first in range(0, len(work), size)]
        shared = client.scatter(common, broadcast=True, hash=False)
        jobs += [client.submit(_run, _version(), function, shared, piece, pure=False) for piece in pieces]
        for job in _ended(client, jobs):
            yield job.result()
    except Exception as error:
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
    done: SimpleQueue[Any] = SimpleQueue()
    for job in jobs:
        job.add_done_callback(done.put)
    ended, last_seen = 0, time.monotonic()
    while ended < len(jobs):
        try:
            job = done.get(timeout=LOOK)
        except Empty:
            if client.nthreads():
                last_seen = time.monotonic()
            elif time.monotonic() - last_seen > PATIENCE:
                raise TimeoutError(f"no worker for {PATIENCE:g} s") from None
            continue
        ended, last_seen = ended + 1, time.monotonic()
        yield job


def _require_same_version(client: Any, address: str) -> None:
    try:
        found, known = client.run(_version, on_error="return"), set(client.nthreads())
    except Exception as error:
        raise _no_answer(address, error) from error
    # one that is just being restarted does not answer; one that answers with another error is no worker for this work
    told = {worker: said for worker, said in found.items() if not isinstance(said, OSError)}
    if not told:
        raise SourceError(
            "the cluster has no worker", where=f"--dask {address}", remedy=f"start one: dask worker {address}"
        )
    strange = {worker: said for worker, said in sorted(told.items()) if said != _version()}
    if strange:
        raise ConfigError(
            "workers of the cluster have another riskmap, or none", where=f"--dask {address}", expected=_version(),
            found=", ".join(f"{worker}: {said}" for worker, said in strange.items()),
            remedy="install the same version on every machine, or stop those",
        )  # fmt: skip
    if silent := sorted(known - set(told)):
        logging.getLogger("riskmap").warning(
            "workers of the cluster that do not answer: %s", ", ".join(silent)
        )


def _no_answer(address: str, error: Exception) -> SourceError:
    return SourceError(
        "the cluster does not answer", where=f"--dask {address}", expected="the address of a running scheduler",
        found=str(error) or type(error).__name__, remedy="start `dask scheduler` and `dask worker`, or leave --dask out",
    )  # fmt: skip


def _version() -> str:
    try:
        return version("riskmap")
    except PackageNotFoundError:
        return "none installed"
