"""A whole stick or folder: which file is what, and what came of each; what nobody knows is named and left."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from evac.errors import BundleError, Fault
from evac.registry import Registry
from evac.sync import receipt
from evac.sync.bundle import EVENTS, Bundle
from evac.sync.container import MAGIC
from evac.sync.files import reading
from evac.sync.intake import Clock, Intake, take_in
from evac.sync.ledger import Account
from evac.sync.node import EVENT, Node
from evac.sync.phone_file import NAME, take_in_phone
from riskmap.errors import RiskmapError

_SMALL: Final = 1 << 22
"""Bytes; no acknowledgement is longer."""


class Sort(StrEnum):
    """What a file is."""

    BUNDLE = "bundle"
    PHONE = "phone"
    ACKNOWLEDGEMENT = "acknowledgement"
    ROSTER = "roster"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one file: an intake, an acknowledgement's account, the error that stopped it, or nothing.

    Attributes
    ----------
    account : Account or None
        What the node ``by`` now holds of the own log.
    to : str
        The node whose acknowledgement it is, where that is another one: on a stick that goes round this is no error.
    """

    path: Path
    sort: Sort
    intake: Intake | None = None
    account: Account | None = None
    by: str = ""
    to: str = ""
    error: RiskmapError | None = None


def sort_of(path: Path) -> Sort:
    """What a file is, by its first bytes.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    with reading(path) as file:
        start = file.read(1 << 12)
    if start.startswith(MAGIC):
        return Sort.BUNDLE
    with suppress(ValueError, RecursionError):
        first = json.loads(start.split(b"\n", 1)[0])
        if isinstance(first, dict) and NAME in first:
            return Sort.PHONE
    return Sort.ACKNOWLEDGEMENT if b'"kind": "evac acknowledgement' in start else Sort.UNKNOWN


def take_in_file(
    registry: Registry,
    path: Path,
    node: Node,
    *,
    now: datetime,
    clock: Clock = Clock.ASK,
    vouched: bool = False,
) -> Found:
    """Take one file in, whatever it is; an error is told and stops no other file.

    Parameters
    ----------
    now : datetime
        Trusted time.
    clock : Clock
        See ``evac.sync.intake.take_in``.
    vouched : bool
        See ``evac.sync.phone_file.take_in_phone``.
    """
    sort = Sort.UNKNOWN
    try:
        sort = sort_of(path)
        if sort is Sort.UNKNOWN:
            return Found(path, sort)
        with reading(path) as file:
            if sort is Sort.PHONE:
                event = registry.store.labels().get(EVENT, node.event)
                done = take_in_phone(
                    registry, file, str(path), event=event, now=now, vault=node.vault, vouched=vouched
                )
                return Found(path, sort, done[1])
            if sort is Sort.ACKNOWLEDGEMENT:
                labels = registry.store.labels()
                ack = receipt.read_acknowledgement(
                    file.read(_SMALL), where=str(path), node=node, labels=labels
                )
                return Found(path, sort, account=receipt.take_acknowledgement(registry.store, ack), by=ack.by)
            bundle = Bundle(file, str(path))
            if bundle.header.kind != EVENTS:
                return Found(path, Sort.ROSTER)
            return Found(path, sort, take_in(registry.store, bundle, node, now=now, clock=clock))
    except BundleError as error:
        if sort is Sort.ACKNOWLEDGEMENT and error.fault is Fault.NOT_OURS:
            return Found(path, sort, to=error.found or "")
        return Found(path, sort, error=error)
    except RiskmapError as error:
        return Found(path, sort, error=error)


def in_order(paths: Iterable[Path]) -> list[Path]:
    """Bundles by sender and position, so that gaps close on the way; then all else. Any other order ends the same."""

    def rank(path: Path) -> tuple[bool, str, int, str]:
        try:
            with reading(path) as file:
                header = Bundle(file, str(path)).header
            return (header.kind != EVENTS, header.node, header.after, str(path))
        except RiskmapError:
            return (True, "", 0, str(path))

    return sorted(paths, key=rank)
