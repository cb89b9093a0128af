"""`evac witness`, `evac destroy` and `evac hold`: what proves a log, and the end of an event."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskmap.errors import ConfigError

if TYPE_CHECKING:
    from evac.log import Head
    from evac.registry import EventStore
    from evac.store.postgres import PostgresStore
    from evac.store.sqlite import SQLiteStore
    from evac.vault import Vault

Registry = Annotated[
    str,
    typer.Option("--registry", help="SQLite file of the registry, or postgresql://... .", show_default=False),
]
KeyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--key", help="The node's key file; beside the registry, its name ending in .key, if not named."
    ),
]
By = Annotated[str, typer.Option("--by", help="Who: name and office; kept.", show_default=False)]
Why = Annotated[
    str, typer.Option("--why", help="On what ground; kept. No names of people.", show_default=False)
]
Notes = Annotated[
    list[str] | None,
    typer.Option("--note", help="A head written down by hand: '3412 WERC-8GMR-ZGE1-96QV'; may be repeated."),
]
Witnesses = Annotated[
    list[str] | None,
    typer.Option(
        "--witness", help="Text of a witness (EVW1:...), or a file with one a line; may be repeated."
    ),
]
Publics = Annotated[
    list[str] | None,
    typer.Option(
        "--public", help="Public key of a node, 64 hexadecimal digits; those the registry knows if not given."
    ),
]

witness_app = typer.Typer(
    no_args_is_help=True,
    help="Witnesses of a log (日志见证): its end, signed, kept where the registry's keepers cannot change it.\n\n"
    "Example: evac witness print --registry county.sqlite --out head.pdf, and sign the sheet each evening",
)
hold_app = typer.Typer(
    no_args_is_help=True,
    help="Legal holds (证据保全): while one lasts, `evac destroy` refuses.\n\n"
    "Example: evac hold place --registry county.sqlite --by 事故调查组 --why 案号2021-17",
)


def key_path(registry: str, key: Path | None) -> Path:
    """The key file of a registry.

    Raises
    ------
    ConfigError
        A database has no file beside it, or the registry is no node yet.
    """
    from evac.store.opening import is_address

    if key is None and is_address(registry):
        raise ConfigError(
            "a database has no key file beside it", where="--key", remedy="name the file: --key"
        )
    beside = key or Path(registry).with_suffix(".key")
    if key is None and not beside.is_file():
        raise ConfigError(
            "this registry has no node's key beside it", where=str(beside), expected="the file that `evac bundle node` wrote",
            found="none", remedy=f"make it once: evac bundle node 330902 --registry {registry} --event 2106 --event-key 2106.key; or name the "
            "file: --key",
        )  # fmt: skip
    return beside


@contextmanager
def opened(registry: str, *, vault: Vault | None = None, read_only: bool = True) -> Iterator[EventStore]:
    """A registry that is there."""
    from evac.store.opening import open_registry

    store = open_registry(registry, vault=vault, read_only=read_only)
    try:
        yield store
    finally:
        store.close()


def heads_of(store: EventStore, witnesses: list[str] | None, publics: list[str] | None) -> list[Head]:
    """What witnesses say, once their signatures were checked.

    Raises
    ------
    CodeError
        One is none, is forged, or of an unknown node.
    """
    from evac.witness import node_keys, read_witness

    labels = store.labels()
    known = publics or [value for name, value in labels.items() if name.startswith("node_key/")]
    keys = node_keys(known)
    texts = [line for given in witnesses or () for line in _lines(given)]
    return [read_witness(text, keys).head for text in texts]


def _lines(given: str) -> list[str]:
    from evac.private_files import read_private

    if given.startswith("EVW1:"):
        return [given]
    return [
        line for line in read_private(Path(given)).decode("utf-8", "replace").splitlines() if line.strip()
    ]


def _signed(registry: str, key: Path | None) -> tuple[bytes, Head, str, str]:
    """A registry's head signed now: bytes, head, event, node."""
    from evac.event_key import read_key_file
    from evac.witness import sign_head

    held = read_key_file(key_path(registry, key))
    with opened(registry, read_only=False) as store:
        head = store.seal()
    event, node = held.event, held.node
    return sign_head(head, held.signer(), event=event, node=node, at=datetime.now(UTC)), head, event, node


@witness_app.command("show")
def witness_show(registry: Registry, key: KeyFileOption = None) -> None:
    """Sign the end of the log and print it: to be sent up a level by message, or written down.

    Example: evac witness show --registry county.sqlite
    """
    from evac.witness import witness_text, written

    signed, head, event, node = _signed(registry, key)
    typer.echo(f"{event} {node} 手抄 by hand: {written(head)}", err=True)
    typer.echo(witness_text(signed))


@witness_app.command("print")
def witness_print(
    registry: Registry,
    out: Annotated[Path, typer.Option(help="PDF to write.", show_default=False)],
    key: KeyFileOption = None,
) -> None:
    """Print the end of the log on a sheet for the wall, to be signed by two: code, and characters to copy by hand.

    Example: evac witness print --registry county.sqlite --out head.pdf
    """
    from evac.privacy.certificate import print_witness
    from evac.private_files import write_private

    signed, head, event, node = _signed(registry, key)
    with opened(registry) as store:
        exercise = store.labels().get("label") == "SYNTHETIC"
    sheet = print_witness(signed, head, event=event, node=node, at=datetime.now(UTC), exercise=exercise)
    write_private(out, sheet)
    typer.echo(str(out))


def _require_destroyed(store: EventStore, registry: str) -> None:
    """Of a log whose first entry is there as it was sealed nothing was destroyed: that is no alteration.

    Raises
    ------
    ConflictError
        The events are all there.
    """
    from evac.errors import AlteredLogError, ConflictError
    from evac.witness import links_of

    try:
        whole = next(links_of(store.log()), None) is not None
    except AlteredLogError:
        return  # gone or altered: the audit says which
    if whole:
        raise ConflictError(
            "the event was not destroyed, so that its log is held against its events", where=registry,
            expected="links alone, as `evac destroy` leaves them", found="the events", remedy="leave --destroyed out",
        )  # fmt: skip


@witness_app.command("check")
def witness_check(
    registry: Registry,
    witness: Witnesses = None,
    note: Notes = None,
    public: Publics = None,
    destroyed: Annotated[
        bool, typer.Option("--destroyed", help="The event was destroyed: the links alone are left.")
    ] = False,
    counts: Annotated[
        bool, typer.Option("--counts", help="Also count anew from the log, and hold every count against it.")
    ] = False,
) -> None:
    """Hold the log against heads that were kept elsewhere: everything before them must still be there, as it was.

    Without a witness, the log is sound in itself, which a forger who draws it anew can bring about.

    Example: evac witness check --registry county.sqlite --note "3412 WERC-8GMR-ZGE1-96QV"
    """
    from evac.recounting import recount
    from evac.witness import audit, written

    with opened(registry, read_only=False) as store:
        if destroyed:
            _require_destroyed(store, registry)
        heads = heads_of(store, witness, public)
        head = audit(store, heads, notes=note or (), destroyed=destroyed)
        people = recount(store) if counts else None
    count = len(heads) + len(note or ())
    typer.echo(f"完好 sound: {head.sequence:,} 条, {count} 个见证 witness(es); 末端 end {written(head)}")
    if people is not None:
        typer.echo(f"计数与日志一致 counts are those of the log: {people:,} 人 people")
    if not count:
        typer.echo("没有见证,只能证明自身一致 · no witness: sound in itself only", err=True)


def _purgeable(registry: str) -> SQLiteStore | PostgresStore:
    from evac.store.opening import is_address
    from evac.store.sqlite import SQLiteStore

    if is_address(registry):
        from evac.store.postgres import PostgresStore

        return PostgresStore(registry)
    if not Path(registry).is_file():
        raise ConfigError("no registry is here", where=registry, remedy="check the name")
    return SQLiteStore(Path(registry))


def destroy(
    event: Annotated[str, typer.Argument(help="Id of the emergency; must be that of the registry.")],
    registry: Registry,
    by: By,
    why: Why,
    out: Annotated[
        Path, typer.Option(help="Folder to make: certificate and statistics.", show_default=False)
    ],
    key: KeyFileOption = None,
    also: Annotated[
        list[Path] | None,
        typer.Option(
            "--also",
            help="Another file that holds the event's key, such as 2106.key and its copies; may be repeated.",
        ),
    ] = None,
    witness: Witnesses = None,
    note: Notes = None,
    altered: Annotated[
        bool,
        typer.Option("--altered", help="Also where the log was altered; the certificate says from where on."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Destroy what a registry holds of an event's people (销毁): names, codes, check-ins. It cannot be taken back.

    Refuses while a legal hold lasts, if the log was altered (unless --altered), if registry or key are another event's, if a file of --also
    is not there, or if no key named opens the names. Statistics are written first; then the key goes, then the
    rows; the certificate comes last, signed with the node's own key, which stays. Stop the server before. After a crash
    run it again.

    Example: evac destroy 2106 --registry county.sqlite --by 张三 --why 响应结束 --out out/destroyed-2106 --also 2106.key
    """
    from evac.event_key import read_key_file
    from evac.privacy.destroy import Destruction, destroy_event, require_event
    from evac.store.opening import open_access, open_tokens

    path = key_path(registry, key)
    held = read_key_file(path)
    require_event(held.event, event, where=str(path))
    if not yes and typer.prompt(f"销毁后不可恢复。Type the event's id to go on ({event})") != event:
        raise typer.Abort
    with opened(registry, read_only=False) as store:
        heads = tuple(heads_of(store, witness, None))
    with closing(open_access(registry)) as log, closing(open_tokens(registry)) as tokens:
        done = destroy_event(
            lambda: _purgeable(registry),
            Destruction(event, held.node, by, why, (path, *(also or ())), heads, tuple(note or ()), altered),
            key=held.signer(), out=out, now=lambda: datetime.now(UTC), log=log, tokens=tokens,
            tell=lambda step: typer.echo(f"· {step}", err=True),
        )  # fmt: skip
    typer.echo(
        f"已销毁 destroyed: {done.people:,} 人 people, {done.events:,} 条 events; {out / 'certificate.json'}"
    )
    if done.altered_from:
        typer.echo(
            f"日志自第{done.altered_from}条起曾被改动,证明已写明 · the log was altered from entry {done.altered_from} on: the certificate says so"
        )
    typer.echo(
        "仍须由人确认:备份、归档日志、手机名单、转移方案文件夹(moves.csv)、纸质材料(见证明) · see the certificate for what people must confirm"
    )


@hold_app.command("place")
def hold_place(
    registry: Registry,
    by: By,
    why: Why,
    until: Annotated[
        datetime | None, typer.Option(help="Its end, UTC; until it is lifted if not given.")
    ] = None,
) -> None:
    """Note a hold: who asks for it, on what ground, until when.

    Example: evac hold place --registry county.sqlite --by 事故调查组 --why 案号2021-17
    """
    from evac.privacy.hold import place_hold

    end = until.replace(tzinfo=UTC) if until else None
    with opened(registry, read_only=False) as store:
        typer.echo(str(place_hold(store, who=by, why=why, at=datetime.now(UTC), until=end)))


@hold_app.command("lift")
def hold_lift(
    number: Annotated[int, typer.Argument(help="Number of the hold, see `evac hold list`.")],
    registry: Registry,
    by: By,
    why: Why,
) -> None:
    """Lift a hold; the note of it stays.

    Example: evac hold lift 1 --registry county.sqlite --by 事故调查组 --why 结案
    """
    from evac.privacy.hold import lift_hold

    with opened(registry, read_only=False) as store:
        typer.echo(lift_hold(store, number, who=by, why=why, at=datetime.now(UTC)).lifted)


@hold_app.command("list")
def hold_list(registry: Registry) -> None:
    """List the holds, those that ended as well.

    Example: evac hold list --registry county.sqlite
    """
    from evac.privacy.hold import holds

    with opened(registry) as store:
        found = holds(store.labels())
    for hold in found:
        state = "有效 lasts" if hold.lasts(datetime.now(UTC)) else f"已解除 ended {hold.lifted}"
        typer.echo(f"{hold} · {state}")
    if not found:
        typer.echo("没有保全 no hold")


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    app.add_typer(witness_app, name="witness")
    app.add_typer(hold_app, name="hold")
    app.command()(destroy)
