"""`evac bundle`: registries without a network, by stick."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskmap.errors import ConfigError, RiskmapError

if TYPE_CHECKING:
    from evac.registry import EventStore
    from evac.sync.node import Node
    from evac.sync.stick import Found

_CAUGHT_UP = "bundle/caught_up"
"""Label: position up to which the rows of people were brought up to the log."""

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
    vault = node.vault if node else None
    if "://" in registry:
        from evac.store.postgres import PostgresStore

        store: EventStore = PostgresStore(registry, vault=vault, set_up=new)
    else:
        from evac.store.sqlite import SQLiteStore

        if not new and not Path(registry).is_file():
            raise ConfigError(
                "no registry is here", where=registry, expected="a file that `evac` made",
                remedy="check the name, or make one: evac bundle node",
            )  # fmt: skip
        store = SQLiteStore(Path(registry), vault=vault)
    try:
        yield store
    finally:
        store.close()


@bundle_app.command()
def node(
    name: Annotated[str, typer.Argument(help="Id of this node: letters, digits, _ . - such as 330902.")],
    registry: RegistryFile,
    event: Annotated[str, typer.Option(help="Id of the emergency, the same on all its nodes.")] = "",
    event_key: Annotated[
        Path | None,
        typer.Option(help="Key file of another node of this event; a new event's key if not named."),
    ] = None,
    key: KeyFile = None,
) -> None:
    """Make a registry a node of an event: its own key, and the event's. Prints its public key for the others.

    The key file opens everything: keep it beside the registry and a copy in a safe, never on the stick with the bundles.

    Example: evac bundle node 330900 --registry city.sqlite --event 2106
    """
    from evac.sync.node import EVENT, OWN, Node, read_node, trust, write_node

    path = key_beside(registry, key)
    parent = read_node(event_key) if event_key else None
    found = read_node(path) if path.is_file() else None
    if found is None:
        if not (event or parent):
            raise ConfigError("no event", where="--event", remedy="name the emergency, or give --event-key")
        secret = parent.event_key if parent else secrets.token_bytes(32)
        found = Node.make(name, parent.event if parent else event, secret)
        write_node(path, found)
    with opened(registry, found, new=True) as store:
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
    from evac.sync.node import Node, read_node, trust, write_node

    own = read_node(key_beside(registry, key))
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


@bundle_app.command(name="export")
def export_(
    registry: RegistryFile,
    to: Annotated[
        Path, typer.Option("--to", help="File to write, or a folder (the stick), where it gets its own name.")
    ],
    after: Annotated[
        int | None,
        typer.Option(min=0, help="Position to begin after; by default what no other node has acknowledged."),
    ] = None,
    receiver: Annotated[
        str, typer.Option("--for", help="Node that it is for: goes on from its acknowledgement.")
    ] = "",
    key: KeyFile = None,
    at: At = None,
) -> None:
    """Write what is new in this registry's log to a bundle: sealed, signed, whole or not at all.

    Example: evac bundle export --registry K1.sqlite --to /media/usb
    """
    from evac.sync.bundle import export_events
    from evac.sync.ledger import acknowledged

    own, moment = read_own(registry, key), now_or(at)
    with opened(registry, own) as store:
        begin = acknowledged(store.labels(), receiver) if after is None else after
        end = store.seal().sequence
        if begin >= end and after is None:
            typer.echo(f"没有新内容 nothing new: all {end:,} events are acknowledged; everything: --after 0")
            return
        path = to / f"{own.node_id}-{begin + 1}-{end}.evacbundle" if to.is_dir() else to
        done = export_events(store, path, node=own, made_at=moment, salt=secrets.token_bytes(32), after=begin)
    typer.echo(
        f"{done.path}: {done.written.lines:,} 条 events, {done.header.after + 1}-{done.header.to}, {done.written.size:,} bytes"
    )


def read_own(registry: str, key: Path | None) -> Node:
    """The node whose key file lies beside a registry."""
    from evac.sync.node import read_node

    return read_node(key_beside(registry, key))


@bundle_app.command(name="import")
def import_(
    files: Annotated[
        list[Path], typer.Argument(help="Bundles, phones' files, acknowledgements; folders; a whole stick.")
    ],
    registry: RegistryFile,
    clock: Annotated[
        str,
        typer.Option(help="Whose clock is right where a bundle comes from the future: ask, ours or theirs."),
    ] = "ask",
    key: KeyFile = None,
    at: At = None,
) -> None:
    """Take in whatever is on a stick: any order, any number of times; what nobody knows is named and left.

    Example: evac bundle import /media/usb --registry county.sqlite
    """
    from evac.people.corrections import catch_up
    from evac.registry import Registry
    from evac.sync.files import files_of
    from evac.sync.intake import Clock
    from evac.sync.stick import in_order, take_in_file
    from riskmap.cycle import EXIT_PARTIAL

    if clock not in [*Clock]:
        raise ConfigError("whose clock?", where="--clock", expected="ask, ours or theirs", found=repr(clock))
    own, moment = read_own(registry, key), now_or(at)
    errors: list[RiskmapError] = []
    taken = 0
    with opened(registry, own) as store:
        for path in in_order(files_of(files)):
            found = take_in_file(Registry(store), path, own, now=moment, clock=Clock(clock))
            for line in told(found):
                typer.echo(line, err=found.error is not None)
            taken += found.error is None
            errors += [found.error] if found.error else []
        end = catch_up(Registry(store), own.vault, after=int(store.labels().get(_CAUGHT_UP, "0")))
        store.put_labels({_CAUGHT_UP: str(end)})
    if errors and not taken:
        raise SystemExit(errors[0].exit_code)
    if errors:
        raise typer.Exit(EXIT_PARTIAL)


def told(found: Found) -> Iterator[str]:
    """Lines about one file."""
    name = found.path.name
    if found.error:
        yield f"✗ {found.error}"
    elif found.intake:
        n = found.intake
        held = f", {n.held_back} 条超前,按收到时间计 held at receipt" if n.held_back else ""
        yield f"✓ {name}: {n.node} 新 new {n.stored:,}, 已有 known {n.repeated:,}{held}"
        if n.gaps.parts:
            yield f"  缺 missing of {n.node}: {n.gaps}"
        if n.conflicting:
            yield f"  同号不同内容,保留原有 same id, other content, kept as it was: {', '.join(n.conflicting[:5])}"
        yield from (f"  未收 not stored, {place}: {why}" for place, why in list(n.refused.items())[:20])
        yield from (f"  注意 {warning}" for warning in n.warnings)
    elif found.account:
        yield f"✓ {name}: {found.by} 已收到本机 holds of this log {found.account.spans or '-'}"
        yield from (
            f"  对方未收 not stored there, {place}: {why}" for place, why in found.account.refused.items()
        )
    elif found.sort == "roster":
        yield f"- {name}: 名册包,用于新机,未动 a roster for a new kiosk, left as it is"
    else:
        yield f"- {name}: 不认识,未动 unknown, left as it is"


@bundle_app.command()
def show(
    file: Annotated[Path, typer.Argument(help="A bundle.")],
) -> None:
    """Say what a bundle says of itself; needs no key, and believes nothing.

    Example: evac bundle show /media/usb/K1-1-40.evacbundle
    """
    from evac.sync.bundle import Bundle
    from evac.sync.files import reading
    from riskmap.outlook import beijing

    with reading(file) as stream:
        header = Bundle(stream, str(file)).header
    rows: dict[str, Any] = {
        "kind": header.kind, "event": header.event, "node": header.node, "public key": header.key,
        "positions": f"{header.after + 1}-{header.to}" if header.to else "-", "made at": f"{beijing(header.made_at)} (北京时间)",
        "head": header.head.hex(), "previous": header.previous or "-", "scope": header.scope or "all",
    }  # fmt: skip
    for name, value in rows.items():
        typer.echo(f"{name:11} {value}")


@bundle_app.command()
def ack(
    name: Annotated[str, typer.Argument(help="Node whose log it is about.")],
    registry: RegistryFile,
    to: Annotated[Path, typer.Option("--to", help="File to write, or a folder (the stick).")],
    key: KeyFile = None,
    at: At = None,
) -> None:
    """Write the small signed file that goes back down: what of a node's log is held here, so that it knows what it may let go.

    Example: evac bundle ack K1 --registry county.sqlite --to /media/usb
    """
    from evac.sync.ledger import received_from
    from evac.sync.receipt import Acknowledgement, write_acknowledgement

    own, moment = read_own(registry, key), now_or(at)
    with opened(registry, own) as store:
        account = received_from(store.labels(), name)
    path = to / f"{name}-by-{own.node_id}.evacack" if to.is_dir() else to
    write_acknowledgement(path, Acknowledgement(own.event, own.node_id, name, moment, account), own)
    typer.echo(
        f"{path}: {name} {account.spans or '-'}"
        + (f", 缺 missing {account.gaps}" if account.gaps.parts else "")
    )


@bundle_app.command()
def gaps(
    registry: RegistryFile,
    silent_minutes: Annotated[
        int, typer.Option(min=1, help="A device of which nothing came for so long is listed.")
    ] = 60,
    everything: Annotated[bool, typer.Option("--all", help="Devices in order too.")] = False,
    at: At = None,
) -> None:
    """List what is missing: positions of nodes, counters of devices, who has been silent, whose counter went back.

    Example: evac bundle gaps --registry county.sqlite
    """
    from datetime import timedelta

    from evac.sync.counters import device_reports
    from evac.sync.ledger import received_from, senders

    with opened(registry, None) as store:
        labels = store.labels()
        for sender in senders(labels):
            account = received_from(labels, sender)
            typer.echo(
                f"节点 node {sender} {account.spans or '-'}"
                + (f"; 缺 missing {account.gaps}" if account.gaps.parts else "")
            )
        reports = device_reports(
            store.events(), now=now_or(at), silent_after=timedelta(minutes=silent_minutes)
        )
    for report in reports:
        if everything or not report.in_order:
            typer.echo(str(report))
    typer.echo(f"{len(reports)} 台设备 devices, {sum(not r.in_order for r in reports)} 台需查看 to look at")


@bundle_app.command()
def roster(
    prefix: Annotated[
        str, typer.Option(help="Administrative code of the town: 6, 9 or 12 digits.", show_default=False)
    ],
    registry: RegistryFile,
    to: Annotated[Path, typer.Option("--to", help="File to write, or a folder (the stick).")],
    key: KeyFile = None,
    at: At = None,
) -> None:
    """Write what a new kiosk starts from: a town's people, shelters, keys, the revocation list; sealed.

    Example: evac bundle roster --prefix 330902001 --registry county.sqlite --to /media/usb2
    """
    from evac.sync.roster_bundle import export_roster, of_town

    own, moment = read_own(registry, key), now_or(at)
    with opened(registry, own) as store:
        town = of_town(store, prefix)
        path = to / f"{prefix}.evacroster" if to.is_dir() else to
        done = export_roster(
            store, path, node=own, people=town.people, shelters=town.shelters, labels=town.labels, scope=prefix,
            made_at=moment, salt=secrets.token_bytes(32),
        )  # fmt: skip
    typer.echo(
        f"{done.path}: {len(town.people):,} 人 people, {len(town.shelters)} 安置点 shelters, {done.written.size:,} bytes"
    )
