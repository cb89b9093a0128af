"""`evac backup`, `evac restore`, `evac disk` and `evac clock`: running a registry through an emergency."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from evac.commands.privacy import KeyFileOption, Publics, Registry, Witnesses, heads_of, key_path, opened

EXIT_ALARM: Final = 7
"""Exit code where a limit is passed: for a cron job that rings."""

KeyCopy = Annotated[
    Path | None, typer.Option("--key-copy", help="File for a copy of the event's key under a passphrase.")
]


def _passphrase(*, confirm: bool) -> str:
    """From EVAC_PASSPHRASE, or asked for without showing it."""
    given = os.environ.get("EVAC_PASSPHRASE", "")
    return given or str(typer.prompt("口令 passphrase", hide_input=True, confirmation_prompt=confirm))


def backup(
    registry: Registry,
    to: Annotated[Path, typer.Option(help="Folder on another disk.", show_default=False)],
    key: KeyFileOption = None,
    key_copy: KeyCopy = None,
    witness: Witnesses = None,
    public: Publics = None,
) -> None:
    """Copy a registry that is in use, try the copy link by link, and seal it under the event's key (备份).

    --key-copy writes the key itself under a passphrase (asked for, or EVAC_PASSPHRASE): keep it in another building. Without
    the key no backup opens; with `evac destroy` they all die. For a database, prints what its own tools must do.

    Example: evac backup --registry county.sqlite --to usb
    """
    from evac.event_key import read_key_file
    from evac.operations.backup import back_up, wrap_key
    from evac.private_files import write_private
    from evac.store.opening import is_address

    if is_address(registry):
        typer.echo(POSTGRES)
        return
    held = read_key_file(key_path(registry, key))
    with opened(registry) as store:
        heads = heads_of(store, witness, public)
    # asked first: a passphrase that is too short must not leave a backup without its key
    wrapped = (
        None if key_copy is None else wrap_key(held.opener(), _passphrase(confirm=True), event=held.event)
    )
    done = back_up(Path(registry), to, held.opener(), at=datetime.now(UTC), witness=heads)
    typer.echo(
        f"{done.path}: {done.rows.people:,} 人 people, {done.head.sequence:,} 条 events, SHA-256 {done.sha256}"
    )
    if key_copy is not None and wrapped is not None:
        write_private(key_copy, wrapped.encode(), replace=False)
        typer.echo(f"{key_copy}: 与备份分开存放 keep it in another building")


POSTGRES = """\
数据库用自己的工具备份 A database is backed up by its own tools, as its tables' owner:
  evac witness show --registry "$DSN" --key node.key > head.txt
  pg_dump --enable-row-security --format=custom --file=county.dump "$DSN"
试恢复 Try it each time, on another machine; its roles and their rights are made anew by the last command:
  createdb trial
  pg_restore --list county.dump | grep -v ' POLICY \\| ROW SECURITY \\| ACL ' > parts
  pg_restore --no-owner --use-list=parts --dbname=trial county.dump
  evac migrate --registry "postgresql:///trial"
  evac witness check --registry "postgresql:///trial" --witness head.txt --counts
  evac secure --registry "postgresql:///trial"
The dump holds codes and check-ins in clear (names stay sealed): encrypt it, and list it for the day of destruction."""


def restore(
    backup: Annotated[Path, typer.Argument(help="The .evbackup file.")],
    to: Annotated[Path, typer.Option(help="Registry to make; never one that is there.", show_default=False)],
    key: Annotated[Path | None, typer.Option("--key", help="Key file of the node or the event.")] = None,
    key_copy: KeyCopy = None,
) -> None:
    """Open a backup as a registry, and hold it against what was backed up: same head, same counts (恢复演练).

    Try it on another computer before the storm: a backup that was never restored is none. What came in after the backup comes
    again from devices, kiosks and other nodes.

    Example: evac restore 330902-20210725T040000Z-113404.evbackup --to trial.sqlite --key county.key
    """
    from evac.event_key import read_key_file
    from evac.operations.backup import restore as open_backup
    from evac.operations.backup import unwrap_key
    from evac.private_files import read_private
    from riskmap.errors import ConfigError

    if key_copy is not None:
        vault = unwrap_key(read_private(key_copy).decode("utf-8", "replace"), _passphrase(confirm=False))
    elif key is not None:
        vault = read_key_file(key).opener()
    else:
        raise ConfigError("no key", where="evac restore", remedy="give --key or --key-copy")
    done = open_backup(backup, to, vault)
    typer.echo(
        f"{done.path}: {done.event} {done.node}, {done.rows.people:,} 人 people, {done.head.sequence:,} 条 events, "
        f"与备份一致 the same as when it was taken, {done.taken_at:%Y-%m-%d %H:%M} UTC"
    )


def disk(registry: Registry) -> None:
    """Say how long the disk will last at the pace of the last six hours' fastest one; exit code 7 where it rings.

    Of a database, what is free is known where its server runs on this machine and is reached by a socket.

    Example: evac disk --registry county.sqlite
    """
    from evac.operations.disk import disk_forecast

    found = disk_forecast(registry, now=datetime.now(UTC))
    free = "空闲未知 free room not known: ask the server's administrator"
    if found.free is not None:
        free = f"{found.free / 1e9:,.1f} GB 空闲 free"
    left = "–" if found.hours_left is None else f"{found.hours_left:,.0f} 小时 hours"
    typer.echo(
        f"{found.size / 1e6:,.1f} MB, {found.events:,} 条 events, {found.per_event:,.0f} 字节 bytes an event, "
        f"{found.per_hour:,.0f} 条/小时 an hour, {free}, "
        f"{found.needed / 1e6:,.1f} MB 须留给备份和整理 needed for a backup and a VACUUM, {left}"
    )
    if found.alarm:
        typer.echo(found.alarm, err=True)
        raise typer.Exit(EXIT_ALARM)


def clock(
    registry: Annotated[
        str | None, typer.Option("--registry", help="Look at the devices' clocks in this registry's log.")
    ] = None,
    server: Annotated[
        str | None, typer.Option(help="Address of a server, https://... ; its /v1/clock is asked.")
    ] = None,
) -> None:
    """Compare this clock with a server's, and the devices' as the log shows them; exit code 7 where one is off.

    Example: evac clock --registry county.sqlite --server https://county.example:8443
    """
    from evac.operations.clock import clock_difference, device_clocks, time_of_answer
    from riskmap.io.service import fetch_text

    alarms = []
    if server:
        address = server.rstrip("/") + "/v1/clock"
        found = clock_difference(
            lambda: time_of_answer(fetch_text(address, tries=1)), lambda: datetime.now(UTC)
        )
        typer.echo(
            f"{server}: {found.offset.total_seconds():+.3f} s ± {found.within.total_seconds():.3f} (对方减本机 theirs minus ours)"
        )
        alarms.append(found.alarm)
    if registry:
        with opened(registry, read_only=False) as store:
            store.seal()
            devices = device_clocks(store.log())
        wrong = [device.alarm for device in devices if device.alarm]
        typer.echo(f"{len(devices)} 台设备 devices, {len(wrong)} 台超限 beyond the limits")
        alarms += wrong
    if any(alarms):
        typer.echo("\n".join(alarm for alarm in alarms if alarm), err=True)
        raise typer.Exit(EXIT_ALARM)


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    for command in (backup, restore, disk, clock):
        app.command()(command)
