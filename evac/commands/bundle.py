"""`evac bundle`: registries without a network, by stick."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evac.commands.bundle_base import (
    At,
    KeyFile,
    RegistryFile,
    bundle_app,
    now_or,
    opened,
    read_own,
    told_left_out,
)
from riskmap.errors import ConfigError, RiskmapError

if TYPE_CHECKING:
    from evac.sync.stick import Found

_CAUGHT_UP = "bundle/caught_up"
"""Label: position up to which the rows of people were brought up to the log."""


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
    unsigned: Annotated[
        bool,
        typer.Option(
            "--unsigned",
            help="Take phones' files in clear, too: you know who hands them in, and vouch for them.",
        ),
    ] = False,
    key: KeyFile = None,
    at: At = None,
) -> None:
    """Take in whatever is on a stick: any order, any number of times; what nobody knows is named and left.

    Example: evac bundle import /media/usb --registry county.sqlite
    """
    from evac.people.catching_up import catch_up
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
            found = take_in_file(Registry(store), path, own, now=moment, clock=Clock(clock), vouched=unsigned)
            for line in (*told(found), *told_of_tokens(registry, found)):
                typer.echo(line, err=found.error is not None)
            taken += found.error is None
            errors += [found.error] if found.error else []
        left_out: list[str] = []
        begin = int(store.labels().get(_CAUGHT_UP, "0"))
        end = catch_up(Registry(store), own.vault, after=begin, left_out=left_out)
        store.put_labels({_CAUGHT_UP: str(end)})
    for line in told_left_out(left_out):
        typer.echo(line, err=True)
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
    elif found.to:
        yield f"- {name}: 给 {found.to} 的回执,未动 an acknowledgement for {found.to}, left as it is"
    elif found.sort == "roster":
        yield f"- {name}: 名册包,用于新机,未动 a roster for a new kiosk, left as it is"
    else:
        yield f"- {name}: 不认识,未动 unknown, left as it is"


def told_of_tokens(registry: str, found: Found) -> Iterator[str]:
    """A line where a phone's file is of a device that was shut out here, by all or some of its tokens: the key that marks its
    files goes with its name, and lasts as long as the event."""
    from contextlib import closing

    from evac.store.opening import is_address, open_tokens
    from evac.store.tokens import has_tokens

    if found.sort != "phone" or not found.intake or not (is_address(registry) or has_tokens(Path(registry))):
        return
    with closing(open_tokens(registry)) as room:
        mine = [token for token in room.tokens() if token.device == found.intake.node]
    if mine and all(token.revoked_at for token in mine):
        yield "  注意 该设备的令牌已全部吊销,核实是谁交来的 · all tokens of this device are revoked: ask who handed the file in"
    elif any(token.revoked_at for token in mine):
        yield "  注意 该设备名有令牌曾被吊销,新旧手机同名则文件不可区分,核实是谁交来的 · a token of this device was revoked: a phone lost before and its replacement of one name mark alike; ask who handed the file in"


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


def public_labels(folder: Path) -> dict[str, str]:
    """What a folder of keys says to kiosks, as labels of a registry."""
    from base64 import b64encode

    from evac.store.opening import key_folder

    public = key_folder(folder)()
    told = {"key_ring": public.ring or ""}
    return told | ({"revocations": b64encode(public.revocations).decode()} if public.revocations else {})


@bundle_app.command()
def roster(
    prefix: Annotated[
        str, typer.Option(help="Administrative code of the town: 6, 9 or 12 digits.", show_default=False)
    ],
    registry: RegistryFile,
    to: Annotated[Path, typer.Option("--to", help="File to write, or a folder (the stick).")],
    keys: Annotated[
        Path | None,
        typer.Option(
            help="Folder of `evac keys`: its ring and revocation list go along; the registry's own if not named."
        ),
    ] = None,
    key: KeyFile = None,
    at: At = None,
) -> None:
    """Write what a new kiosk starts from: a town's people, shelters, keys, the revocation list; sealed.

    Example: evac bundle roster --prefix 330902001 --registry county.sqlite --to /media/usb2
    """
    from evac.key_files import KeyFolder
    from evac.keys_of_event import require_event
    from evac.sync.roster_bundle import export_roster, of_town

    own, moment = read_own(registry, key), now_or(at)
    with opened(registry, own) as store:
        if keys:
            require_event(store.labels(), KeyFolder(keys).ring(), where=registry)
        town = of_town(store, prefix)
        labels = dict(town.labels) | (public_labels(keys) if keys else {})
        path = to / f"{prefix}.evacroster" if to.is_dir() else to
        done = export_roster(
            store, path, node=own, people=town.people, shelters=town.shelters, labels=labels, scope=prefix,
            made_at=moment, salt=secrets.token_bytes(32),
        )  # fmt: skip
    typer.echo(
        f"{done.path}: {len(town.people):,} 人 people, {len(town.shelters)} 安置点 shelters, {done.written.size:,} bytes"
    )


def add_to(app: typer.Typer) -> None:
    """Put `evac bundle` into the command line."""
    import evac.commands.bundle_nodes  # noqa: F401  # its commands register themselves

    app.add_typer(bundle_app, name="bundle")
