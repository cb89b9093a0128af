"""`evac keys`, `evac revoke`, `evac unrevoke`, `evac judge` and `evac print`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.crockford import grouped
from evac.prints.kinds import Kind

if TYPE_CHECKING:
    from evac.prints.batches import Printed, Tell
    from evac.registry import EventStore

KEYS_HELP = "Folder of the keys: ring.json, revoked.bin, private/."
PASSPHRASE = "EVAC_KEY_PASSPHRASE"  # noqa: S105 - the variable's name, not its content

keys_app = typer.Typer(
    no_args_is_help=True,
    help="Signing keys of codes (签名密钥): make, list, rotate, retire, sign anew.\n\n"
    "A private key is in a file that its owner alone can read, with a passphrase if you ask for one; it is never in the "
    "registry. Devices get ring.json, which holds public keys.\n\n"
    "Example: evac keys new --keys keys --event 2106",
)

Keys = Annotated[Path, typer.Option("--keys", help=KEYS_HELP, show_default=False)]
Event = Annotated[
    str, typer.Option(help="Id of the emergency whose codes the key signs, e.g. 2106.", show_default=False)
]
Passphrase = Annotated[
    bool,
    typer.Option("--passphrase", help=f"Ask for the passphrase of the private key; or set {PASSPHRASE}."),
]
At = Annotated[datetime | None, typer.Option(help="Moment, UTC; now if not given.")]
Days = Annotated[int, typer.Option(min=1, max=2000, help="How long it signs, in days.")]
Registry = Annotated[
    str | None,
    typer.Option(
        "--registry", help="SQLite file of the registry, or postgresql://...; needed for short codes."
    ),
]
Vault = Annotated[
    Path | None, typer.Option(help="Key of the emergency (`evac vault new`); names are sealed without it.")
]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; as many as cores if not given.")]


def _moment(at: datetime | None) -> datetime:
    return at.replace(tzinfo=UTC) if at else datetime.now(UTC).replace(microsecond=0)


def _secret(ask: bool, *, new: bool = False) -> bytes:
    given = os.environ.get(PASSPHRASE, "")
    if ask and not given:
        given = typer.prompt("passphrase 口令", hide_input=True, confirmation_prompt=new)
    return given.encode()


@keys_app.command("new")
def keys_new(
    keys: Keys, event: Event, days: Days = 30, at: At = None,
    drill: Annotated[bool, typer.Option("--drill", help="Whatever it signs is a drill's, never a real code.")] = False,
    passphrase: Passphrase = False,
) -> None:  # fmt: skip
    """Make the first signing key of an event.

    Example: evac keys new --keys keys --event 2106 --days 30
    """
    from evac.key_files import KeyFolder
    from evac.keys import KeyRecord, SigningKey

    folder, key, begins = KeyFolder(keys), SigningKey.generate(), _moment(at)
    record = KeyRecord(
        key.kid, key.public.public_bytes_raw(), event, begins, begins + timedelta(days=days), drill=drill
    )
    ring = folder.ring().add(record)
    path = folder.keep_private(key, passphrase=_secret(passphrase, new=True))
    folder.keep_ring(ring)
    typer.echo(
        f"{key.kid.hex()}  {path}\nring version {ring.version}: copy {keys / 'ring.json'} to every device"
    )


@keys_app.command("list")
def keys_list(keys: Keys, at: At = None) -> None:
    """List the keys: for which event, how long, and whether one is retired or stolen.

    Example: evac keys list --keys keys
    """
    from evac.key_files import KeyFolder

    ring, now = KeyFolder(keys).ring(), _moment(at)
    current = ring.current(now)
    for record in ring:
        state = "stolen 被盗" if record.stolen_at else "retired 停用" if record.retired_at else ""
        if not state:
            state = "in force 在用" if record.signs_at(now) else "not in force 不在有效期"
        mark = " <- signs now" if record == current else ""
        typer.echo(
            f"{record.kid.hex()}  {record.event or '(any)'}  {record.valid_from:%Y-%m-%d %H:%M} to "
            f"{record.signs_until:%Y-%m-%d %H:%M} UTC  {state}{' drill 演练' if record.drill else ''}{mark}"
        )
    typer.echo(f"ring version {ring.version}, {len(ring)} keys")


@keys_app.command("rotate")
def keys_rotate(
    keys: Keys, event: Event, days: Days = 30, at: At = None,
    overlap: Annotated[int, typer.Option(min=0, help="Hours for which the old key signs on, until devices have the new.")] = 24,
    passphrase: Passphrase = False,
) -> None:  # fmt: skip
    """Make a new key; the old one signs on to the end of the overlap, and what it signed stays valid.

    Example: evac keys rotate --keys keys --event 2106 --overlap 24
    """
    from evac.key_files import KeyFolder
    from evac.keys import KeyRecord, SigningKey

    folder, key, begins = KeyFolder(keys), SigningKey.generate(), _moment(at)
    record = KeyRecord(key.kid, key.public.public_bytes_raw(), event, begins, begins + timedelta(days=days))
    ring = folder.ring().rotate(record, overlap_until=begins + timedelta(hours=overlap))
    path = folder.keep_private(key, passphrase=_secret(passphrase, new=True))
    folder.keep_ring(ring)
    typer.echo(
        f"{key.kid.hex()}  {path}\nring version {ring.version}: copy {keys / 'ring.json'} to every device"
    )


@keys_app.command("retire")
def keys_retire(
    kid: Annotated[str, typer.Argument(help="Key id, 6 hexadecimal digits.")],
    keys: Keys, at: At = None,
    stolen: Annotated[bool, typer.Option("--stolen", help="Somebody else may have it since --at; earlier codes want the roster.")] = False,
) -> None:  # fmt: skip
    """Take a key out of use, or say that it was stolen.

    A stolen key: codes that begin after the theft are refused, earlier ones count only with the roster, since a thief can
    date back; revocation lists that it signed count no more. Then: evac keys rotate, evac keys reissue, evac revoke.

    Example: evac keys retire 01a2b3 --keys keys --stolen --at 2021-07-24T06:00:00
    """
    from evac.key_files import KeyFolder
    from riskmap.errors import ConfigError

    try:
        raw = bytes.fromhex(kid)
    except ValueError:
        raise ConfigError(
            "not a key id", where="KID", expected="6 hexadecimal digits", found=repr(kid)
        ) from None
    folder = KeyFolder(keys)
    ring = folder.ring().retire(raw, at=_moment(at), stolen=stolen)
    folder.keep_ring(ring)
    typer.echo(f"{kid}: {'stolen 被盗' if stolen else 'retired 停用'}; ring version {ring.version}")
    if stolen:
        typer.echo(
            "next: evac keys rotate, evac keys reissue --registry ... --vault ..., evac revoke (signs the list anew)"
        )


@keys_app.command("reissue")
def keys_reissue(
    keys: Keys, registry: Annotated[str, typer.Option(help="SQLite file of the registry, or postgresql://...", show_default=False)],
    event: Event, hours: Annotated[int, typer.Option(min=1, max=8760, help="How long the codes are valid, in hours.")] = 720,
    at: At = None, passphrase: Passphrase = False, vault: Vault = None,
) -> None:  # fmt: skip
    """Sign everybody's code anew with the key in force; the codes stay, so that old pendants are still found by name.

    Example: evac keys reissue --keys keys --registry county.sqlite --vault 2106.key --event 2106
    """
    from evac.code_office import on_list, reissue
    from evac.key_files import KeyFolder
    from evac.keys_of_event import require_event

    begins = _moment(at)
    store = _store(registry, vault, read_only=False)
    try:
        require_event(store.labels(), KeyFolder(keys).ring(), event, where=registry)
        key = KeyFolder(keys).current(begins, event=event, passphrase=_secret(passphrase))
        with _bar("签名 signing", sum(on_list(store).values())) as tell:
            done = reissue(store, key, begins=begins, hours=hours, tell=tell)
    finally:
        store.close()
    typer.echo(f"{done:,} codes signed with {key.kid.hex()}; print them again: evac print")


def _change(codes: list[str], keys: Path, event: str, registry: str | None, days: float, at: datetime | None,
            passphrase: bool, *, revoke: bool) -> None:  # fmt: skip
    from evac.code_office import code_of
    from evac.key_files import KeyFolder
    from evac.keys_of_event import require_event
    from evac.revocation import next_list, sign_list

    folder, now = KeyFolder(keys), _moment(at)
    store = _store(registry) if registry else None
    try:
        if store is not None:
            require_event(store.labels(), folder.ring(), event, where=str(registry))
        key = folder.current(now, event=event, passphrase=_secret(passphrase))
        meant = [code_of(code, store) for code in codes]
    finally:
        if store is not None:
            store.close()
    listed = next_list(
        folder.revoked_before(), event=event, now=now, valid_for=timedelta(days=days),
        revoke=meant if revoke else (), unrevoke=() if revoke else meant,
    )  # fmt: skip
    kept = folder.keep_revoked(sign_list(listed, key))
    typer.echo(
        f"version {kept.version}, {len(kept.digests)} revoked, until {kept.expires_at:%Y-%m-%d %H:%M} UTC: "
        f"copy {keys / 'revoked.bin'} to every device"
    )


ListDays = Annotated[
    float, typer.Option(min=0.01, max=60, help="Devices say so when their list is older than this, in days.")
]


def revoke(
    keys: Keys, event: Event,
    codes: Annotated[list[str] | None, typer.Argument(help="Codes: 26 characters, the QR code's text, or short with --registry. None: the same list for longer.")] = None,
    registry: Registry = None, days: ListDays = 1.0, at: At = None, passphrase: Passphrase = False,
) -> None:  # fmt: skip
    """Revoke codes (作废), and sign the next list; with no code, the same list for longer.

    Example: evac revoke 3K7Q-PX2M-9AB --registry registry.sqlite --keys keys --event 2106
    """
    _change(codes or [], keys, event, registry, days, at, passphrase, revoke=True)


def unrevoke(
    keys: Keys, event: Event,
    codes: Annotated[list[str], typer.Argument(help="Codes as for `evac revoke`.")],
    registry: Registry = None, days: ListDays = 1.0, at: At = None, passphrase: Passphrase = False,
) -> None:  # fmt: skip
    """Take codes off the revocation list (恢复): devices that get the newer list accept them again.

    Example: evac unrevoke 3K7Q-PX2M-9AB --registry registry.sqlite --keys keys --event 2106
    """
    _change(codes, keys, event, registry, days, at, passphrase, revoke=False)


def judge(
    text: Annotated[str, typer.Argument(help="What was scanned.")],
    keys: Keys,
    event: Annotated[str, typer.Option(help="Emergency of this device; any if not given.")] = "",
    drill: Annotated[bool | None, typer.Option("--drill/--real", help="A drill, or a real operation; either if not given.")] = None,
    at: At = None,
) -> None:  # fmt: skip
    """Judge a scanned code with the public keys and the revocation list of a folder, as a device at a door does.

    Exit code 0: accepted; 4: not.

    Example: evac judge "EV1:..." --keys keys --event 2106 --real
    """
    from evac.codes import judge as judged
    from evac.errors import CodeError
    from evac.key_files import KeyFolder

    folder = KeyFolder(keys)
    verdict = judged(
        text, folder.ring(), now=_moment(at), event=event, drill=drill, revoked=folder.revoked_for_door()
    )
    typer.echo(f"{verdict.words}\n{verdict.finding.advice}")
    if verdict.ticket is not None:
        typer.echo(f"{verdict.ticket.county}  {verdict.ticket.valid_from:%Y-%m-%d %H:%M} to {verdict.ticket.valid_until:%Y-%m-%d %H:%M} UTC")  # fmt: skip
    if not verdict.accepted:
        raise typer.Exit(CodeError.exit_code)


def print_codes(
    kind: Annotated[Kind, typer.Argument(help="pendants 吊牌, wristbands 腕带, or households 转移明白卡.")],
    registry: Annotated[str, typer.Option(help="SQLite file of the registry, or postgresql://...", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder for the PDF files; the same folder again goes on where it stopped.", show_default=False)],
    county: Annotated[list[str] | None, typer.Option(help="6-digit code; may be repeated. All if not given.")] = None,
    by: Annotated[str, typer.Option(help="Who prints; stands in the access log.")] = "",
    why: Annotated[str, typer.Option(help="Why, without anybody's name; stands in the access log.")] = "",
    contact: Annotated[str, typer.Option(help="Telephone line on household sheets; room to write if not given.")] = "",
    vault: Vault = None,
    workers: Workers = None,
) -> None:  # fmt: skip
    """Print the codes of a registry in batches of a thousand people: COUNTY-KIND-0001.pdf and on.

    The files hold names: the folder is for its owner alone, and the print stands in the access log beside the registry.
    A run that was stopped, or ran out of disk, goes on where it stopped; files whose people have changed are made again.

    Example: evac print pendants --registry registry.sqlite --vault 2106.vault --out sheets --by 张三 --why 发放吊牌
    """
    from evac.code_office import Asked, is_exercise, on_list, print_registry
    from evac.store.opening import open_access

    store = _store(registry, vault)
    try:
        count = on_list(store, county or ())
        exercise = is_exercise(store)
        asked = Asked(
            by or ("drill" if exercise else ""), why or ("演练打印" if exercise else ""), _moment(None)
        )
        event = store.labels().get("event", "")
        access = open_access(registry)
        try:
            with _bar(f"打印 {kind.value}", sum(count.values())) as tell:
                done = print_registry(
                    store, out, kind=kind, count=count, asked=asked, access=access, event=event, contact=contact,
                    workers=workers, tell=tell,
                )  # fmt: skip
        finally:
            access.close()
    finally:
        store.close()
    _tell_printed(done, out)


def print_blanks(
    registry: Annotated[str, typer.Option(help="SQLite file of the registry, or postgresql://...", show_default=False)],
    county: Annotated[str, typer.Option(help="6-digit code of the county whose stock is printed.", show_default=False)],
    keys: Keys, event: Event,
    out: Annotated[Path, typer.Option(help="Folder for the PDF files.", show_default=False)],
    hours: Annotated[int, typer.Option(min=1, max=8760, help="How long they are valid, in hours.")] = 720,
    drill: Annotated[bool, typer.Option("--drill", help="Blank pendants of a drill.")] = False,
    at: At = None, passphrase: Passphrase = False, workers: Workers = None,
) -> None:  # fmt: skip
    """Print the blank pendants in stock (空白吊牌), for people who are on no list: COUNTY-blanks-0001.pdf and on.

    Mint them first: evac people blanks. With the same --at, printing again gives the same bytes.

    Example: evac print-blanks --registry registry.sqlite --county 330902 --keys keys --event 2106 --out sheets
    """
    from evac.code_office import print_blanks as printed
    from evac.key_files import KeyFolder
    from evac.keys_of_event import require_event

    begins = _moment(at)
    store = _store(registry)
    try:
        words = store.labels().get("event", event)
        require_event(store.labels(), KeyFolder(keys).ring(), event, where=registry)
        key = KeyFolder(keys).current(begins, event=event, passphrase=_secret(passphrase))
        done = printed(
            store,
            out,
            county=county,
            key=key,
            begins=begins,
            hours=hours,
            event=words,
            drill=drill,
            workers=workers,
        )
    finally:
        store.close()
    _tell_printed(done, out)


def _tell_printed(done: Printed, out: Path) -> None:
    typer.echo(f"{done.people:,} people on {done.pages:,} pages in {done.files:,} files, {done.kept:,} of them from before: {out}")  # fmt: skip
    if done.marked:
        typer.echo(f"no font here has a character of these people, 〓 stands for it (write it by hand): {len(done.marked):,}", err=True)  # fmt: skip
    for short in done.marked:
        typer.echo(f"  {grouped(short)}", err=True)
    for name in done.stale:
        typer.echo(f"not part of this list any more, shred its pages: {out / name}", err=True)
    for who in done.unsigned:
        typer.echo(f"未印 not printed, code not signed (evac keys reissue --vault ...): {who}", err=True)


def _store(where: str, vault: Path | None = None, *, read_only: bool = True) -> EventStore:
    from evac.event_key import read_vault
    from evac.store.opening import open_registry

    return open_registry(where, vault=read_vault(vault) if vault else None, read_only=read_only)


@contextmanager
def _bar(words: str, total: int) -> Iterator[Tell]:
    """A bar on stderr while it is a terminal: people done, and how long the rest will take."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(words, total=total)
        yield lambda done: bar.update(task, completed=done)


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    app.add_typer(keys_app, name="keys")
    for command in (revoke, unrevoke, judge):
        app.command()(command)
    app.command("print")(print_codes)
    app.command("print-blanks")(print_blanks)
