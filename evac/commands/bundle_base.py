"""What the commands of `evac bundle` and `evac kiosk` share: the registry, its key file, the moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskmap.errors import ConfigError

if TYPE_CHECKING:
    from evac.registry import EventStore
    from evac.sync.node import Node

bundle_app = typer.Typer(
    no_args_is_help=True,
    help="Exchange a registry's log by file (U盘) when there is no network: signed, sealed, in any order.\n\n"
    "Example: evac bundle export --registry county.sqlite --to /media/usb",
)

RegistryFile = Annotated[
    str,
    typer.Option(
        "--registry",
        help="The registry: an SQLite file, or postgresql://... of a server.",
        show_default=False,
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key", help="Key file of this node; beside the registry, its name ending in .key, if not named."
    ),
]
At = Annotated[datetime | None, typer.Option(help="Time now, UTC; this computer's clock if not given.")]


def now_or(at: datetime | None) -> datetime:
    """The moment given, or this computer's."""
    return at.replace(tzinfo=UTC) if at else datetime.now(UTC)


def key_beside(registry: str, key: Path | None) -> Path:
    """The key file that belongs to a registry.

    Raises
    ------
    ConfigError
        A server's registry has no file beside it.
    """
    if key is None and "://" in registry:
        raise ConfigError(
            "a registry on a server has no key file beside it",
            where="--key",
            remedy="name the key file: --key",
        )
    return key or Path(registry).with_suffix(".key")


@contextmanager
def opened(registry: str, node: Node | None, *, new: bool = False) -> Iterator[EventStore]:
    """The store of a registry, with the event's vault where there is a node."""
    from evac.store.opening import is_address, open_registry

    if not new and not is_address(registry) and not Path(registry).is_file():
        raise ConfigError(
            "no registry is here", where=registry, expected="a file that `evac` made",
            remedy="check the name, or make one: evac bundle node",
        )  # fmt: skip
    store = open_registry(registry, vault=node.vault if node else None)
    try:
        yield store
    finally:
        store.close()


def read_own(registry: str, key: Path | None) -> Node:
    """The node whose key file lies beside a registry."""
    from evac.sync.node import read_node

    return read_node(key_beside(registry, key))


def told_left_out(codes: Iterable[str]) -> Iterator[str]:
    """Lines about people whose row was not put onto the list, since another code here has the same short form."""
    for code in codes:
        yield (
            f"  注意 code {code}: 短码与他人相同,未入名单,签到照计;请换一个空白吊牌重新登记,再合并 · its short code is another person's here; "
            f"not on the list, check-ins count; register them on a blank pendant, then: evac people merge NEW {code}"
        )
