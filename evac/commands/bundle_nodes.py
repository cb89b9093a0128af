"""`evac bundle node|enrol|trust|lost`: who may send bundles to whom."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import typer

from evac.commands.bundle_base import KeyFile, RegistryFile, bundle_app, key_beside, opened, read_own
from riskmap.errors import ConfigError


@bundle_app.command()
def node(
    name: Annotated[str, typer.Argument(help="Id of this node: letters, digits, _ . - such as 330902.")],
    registry: RegistryFile,
    event: Annotated[str, typer.Option(help="Id of the emergency, the same on all its nodes.")] = "",
    event_key: Annotated[
        Path | None,
        typer.Option(
            help="The event's key: the file of `evac vault new`, or of another node; a new key if not named."
        ),
    ] = None,
    key: KeyFile = None,
) -> None:
    """Make a registry a node of an event: its own key, and the event's. Prints its public key for the others.

    The key file opens everything: keep it beside the registry and a copy in a safe, never on the stick with the bundles. Where names are
    on the list already, --event-key is the file of `evac vault new` that they were sealed with; give --event too.

    Example: evac bundle node 330902 --registry county.sqlite --event 2106 --event-key 2106.key
    """
    from evac.store.opening import names_are_sealed
    from evac.sync.node import EVENT, OWN, Node, read_event_key, read_node, trust, write_node

    path = key_beside(registry, key)
    secret, parent = read_event_key(event_key) if event_key else (secrets.token_bytes(32), None)
    found = read_node(path) if path.is_file() else None
    fresh = found is None
    if found is not None and event_key and found.event_key != secret:
        raise ConfigError(
            "this node has another key of the event already", where=str(path), expected=f"the key of {event_key}",
            found="a different one", remedy="move the node's key file away if it is a mistake, and run the command again",
        )  # fmt: skip
    if found is None:
        if event_key is None and names_are_sealed(registry):
            raise ConfigError(
                "the names here are sealed under a key already, and a second one would not open them", where="--event-key",
                expected="that key", found="none", remedy="name the file that the list was imported with: --event-key 2106.key",
            )  # fmt: skip
        event = parent.event if parent else event
        if not event:
            raise ConfigError(
                "no event", where="--event", remedy="name the emergency, the same on all its nodes"
            )
        found = Node.make(name, event, secret)
    with opened(registry, found, new=True) as store:  # a key that does not open its names is refused here
        if fresh:
            write_node(path, found)
        store.put_labels({EVENT: found.event, OWN: found.node_id})
        trust(store, found.node_id, found.public)
        if parent:
            trust(store, parent.node_id, parent.public)
    typer.echo(f"{found.node_id} · 事件 event {found.event} · key file {path}")
    typer.echo(f"evac bundle trust {found.node_id} {found.public}")


@bundle_app.command()
def enrol(
    name: Annotated[str, typer.Argument(help="Id of the new kiosk, such as 330902001-S1.")],
    registry: RegistryFile,
    to: Annotated[Path, typer.Option("--to", help="Key file to write; carry it apart from the roster.")],
    key: KeyFile = None,
) -> None:
    """Make the key file of a new kiosk, and take its bundles from now on.

    Example: evac bundle enrol K1 --registry county.sqlite --to /media/usb1/K1.key
    """
    from evac.sync.node import Node, trust, write_node

    own = read_own(registry, key)
    made = Node.make(name, own.event, own.event_key)
    write_node(to, made, parents={own.node_id: own.public})
    with opened(registry, own) as store:
        trust(store, made.node_id, made.public)
    typer.echo(f"{made.node_id} · {to}")


@bundle_app.command()
def trust(
    name: Annotated[str, typer.Argument(help="Id of the other node.")],
    public: Annotated[
        str, typer.Argument(help="Its public key, 64 hexadecimal digits, from its own `evac bundle node`.")
    ],
    registry: RegistryFile,
) -> None:
    """Take bundles of another node in; compare the key by telephone first.

    Example: evac bundle trust 330900 5f3a... --registry county.sqlite
    """
    from evac.sync.node import trust as take

    with opened(registry, None) as store:
        take(store, name, public)
    typer.echo(f"{name} 已登记 trusted")


@bundle_app.command()
def lost(
    name: Annotated[str, typer.Argument(help="Id of the node whose computer is gone.")],
    registry: RegistryFile,
    why: Annotated[str, typer.Option(help="Written down with it.")] = "lost",
) -> None:
    """Take nothing more from a node: its computer was lost or stolen. What came before stays.

    Example: evac bundle lost K1 --registry county.sqlite --why "stolen 2021-07-25"
    """
    from evac.sync.node import distrust

    with opened(registry, None) as store:
        distrust(store, name, why)
    typer.echo(f"{name} 已停用 no longer trusted: {why}")
