"""`evac serve`, `evac token new|list|revoke` and `evac vault new`: a county's server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.commands.situation_base import Documents, Duty, Names, Offices, Responses, Run, office_of
from evac.tokens import Role, make_token
from riskmap.errors import ConfigError, MissingExtraError, SourceError

if TYPE_CHECKING:
    from evac.field.desk import FieldDesk

Registry = Annotated[
    str,
    typer.Option(
        "--registry",
        help="SQLite file of the registry, made if it is not there; or postgresql://... .",
        show_default=False,
    ),
]

LoginCode = Annotated[
    Path | None,
    typer.Option(
        help="SVG of a login code for a phone: scanned once it opens the page and logs in. Needs --server."
    ),
]
ServerAddress = Annotated[str, typer.Option(help="Address that the phones reach, for --qr.")]

Field = Annotated[
    str | None,
    typer.Option("--field", help="The log of `evac field`: sensors' tokens may send observations to it."),
]
Plan = Annotated[
    Path | None, typer.Option("--allocation", help="Folder of `evac allocate`: who is expected where.")
]
token_app = typer.Typer(
    no_args_is_help=True,
    help="Tokens of devices (设备令牌): one a phone or kiosk, for one role and one region, with an end.\n\n"
    "Example: evac token new --registry county.sqlite --device phone-07 --role clerk --scope 330902001",
)
vault_app = typer.Typer(
    no_args_is_help=True,
    help="The key of one emergency (本次应急密钥): names and phones cannot be read without it.\n\n"
    "Example: evac vault new --out 2106.key",
)


@vault_app.command("new")
def vault_new(
    out: Annotated[Path, typer.Option(help="File to write; never one that is there.", show_default=False)],
) -> None:
    """Make a new key. Keep one copy in a safe: without it nobody reads the names again, which is how they are destroyed.

    Example: evac vault new --out 2106.key
    """
    from evac.event_key import make_vault_file

    make_vault_file(out)
    typer.echo(f"{out}: keep it apart from the registry and its backups 密钥与数据分开保管")


@token_app.command("new")
def token_new(
    registry: Registry,
    device: Annotated[
        str, typer.Option(help="Name of the device, on it and in every event it sends.", show_default=False)
    ],
    role: Annotated[
        Role,
        typer.Option(
            help="clerk 登记员: check-ins, roster, door. liaison 联络员: also orders, counts, names for a reason. "
            "viewer 看图员: counts alone, small ones hidden. auditor 审计员: the log and who read what. "
            "sensor 传感器: sends observations, and nothing else. "
            "grid 网格员: the tasks that the worker of this number was called to, and what was found there; --device is the number.",
            show_default=False,
        ),
    ],
    scope: Annotated[
        str, typer.Option(help="Region: 2, 4, 6, 9 or 12 digits; 'all' for everywhere.", show_default=False)
    ],
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it holds.")] = 14,
    gateway: Annotated[
        bool,
        typer.Option(
            "--gateway", help="May pass on events of other devices, as a kiosk does, and read the feed."
        ),
    ] = False,
    qr: LoginCode = None,
    server: ServerAddress = "",
    actor: Annotated[str, typer.Option(help="Who works with the phone, for --qr; else it asks.")] = "",
    place: Annotated[str, typer.Option(help="Id of the phone's shelter, for --qr; else it asks.")] = "",
) -> None:
    """Make a token and print it, once: the server keeps a digest alone.

    Example: evac token new --registry county.sqlite --device phone-07 --role clerk --scope 330902001
    """
    from evac.commands.phone import require_server, write_login
    from evac.store.opening import is_address, open_tokens

    if qr is not None:
        require_server(server, scope)
    if not is_address(registry) and not Path(registry).exists():
        raise SourceError(
            "no registry under that name, so that no server would know the token", where=registry,
            expected="the file that is served", found="no such file",
            remedy="check the path; a registry begins with `evac bundle node`, `evac people import` or `evac serve`",
        )  # fmt: skip
    made_at = datetime.now(UTC)
    region = "" if scope == "all" else scope
    text, token = make_token(
        device, role, region, made_at=made_at, valid=timedelta(days=days), gateway=gateway
    )
    room = open_tokens(registry)
    try:
        room.put(token)
    finally:
        room.close()
    if qr is None:
        typer.echo(text)
    else:
        kind = role.value if role is Role.GRID else ""
        write_login(qr, server, token=text, device=device, prefix=scope, actor=actor, place=place, role=kind)
    typer.echo(
        f"{role.chinese} {role.value}, {scope}, {device}, until {token.expires_at:%Y-%m-%d %H:%M} UTC, id {token.token_id}",
        err=True,
    )


@token_app.command("list")
def token_list(registry: Registry) -> None:
    """List the tokens: id, device, role, region, end; no secret among them.

    Example: evac token list --registry county.sqlite
    """
    from evac.store.opening import open_tokens

    room = open_tokens(registry)
    try:
        found = room.tokens()
    finally:
        room.close()
    now = datetime.now(UTC)
    for token in found:
        ended = (
            "revoked 已吊销"
            if token.revoked_at
            else "expired 已过期"
            if now >= token.expires_at
            else "valid 有效"
        )
        gateway = " gateway" if token.gateway else ""
        typer.echo(
            f"{token.token_id}  {token.device}  {token.role.value}{gateway}  {token.scope or 'all'}  "
            f"{token.expires_at:%Y-%m-%d %H:%M} UTC  {ended}"
        )


@token_app.command("revoke")
def token_revoke(
    registry: Registry,
    which: Annotated[
        list[str], typer.Argument(help="Ids of tokens, or names of devices: all tokens of a device end.")
    ],
) -> None:
    """End tokens at once: a running server knows within five seconds. For a lost phone (手机丢失).

    Example: evac token revoke --registry county.sqlite phone-07
    """
    from evac.store.opening import open_tokens

    room = open_tokens(registry)
    try:
        chosen = [token for token in room.tokens() if token.token_id in which or token.device in which]
        for token in chosen:
            room.revoke(token.token_id, at=datetime.now(UTC))
    finally:
        room.close()
    missing = [name for name in which if not any(name in (token.token_id, token.device) for token in chosen)]
    for token in chosen:
        typer.echo(f"revoked 已吊销 {token.token_id} {token.device}")
    if missing:
        typer.echo(f"no token of {', '.join(missing)}", err=True)
        raise typer.Exit(2)


def serve(
    registry: Registry,
    vault: Annotated[
        Path | None,
        typer.Option(help="Key of the emergency (`evac vault new`); without it names stay sealed."),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen at; 0.0.0.0 for all, which wants --cert and --key.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=2**16 - 1)] = 8443,
    cert: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Certificate with its chain, PEM.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Key of the certificate, PEM.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="Folder of `evac keys`: its ring and revocation list go to devices.")
    ] = None,
    plain_http: Annotated[
        bool,
        typer.Option("--plain-http", help="Listen beyond this machine without TLS: behind a proxy alone."),
    ] = False,
    site: Annotated[
        list[str] | None,
        typer.Option(
            help="Address of codes in the unsigned form (`evac.url_form`), kept in the registry; may be repeated."
        ),
    ] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option(help="Address of a reverse proxy whose X-Forwarded-For is believed; may be repeated."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No line a request on the standard output.")] = False,
    documents: Documents = None, responses: Responses = None, run: Run = None, offices: Offices = None,
    region_names: Names = None, field: Field = None, duty: Duty = None, allocation: Plan = None,
) -> None:  # fmt: skip
    """Serve a registry to phones and kiosks: check-ins, roster, counts, and the phone page at /kiosk/ (县级服务器).

    With --documents, --responses and --from the screens of the situation (/v1/situation/CODE) have letters, responses and tiers, too.
    With --field sensors send what they observe to /v1/observations, and the screens show the tasks; --from says where nobody may be
    sent. Dangers and supplies come from the registry itself; --duty adds which villages are ready. A clerk at a full door asks where to
    (`evac redirect`); --from and --allocation say which shelters are safe, who is expected there, and what they have.

    Everything acknowledged is on the disk, also when the machine loses power in the next moment. Stop it with Ctrl-C or SIGTERM.

    Example: evac serve --registry county.sqlite --vault 2106.key --host 0.0.0.0 --cert fullchain.pem --key privkey.pem
    """
    try:
        from evac.api.running import serve_registry
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"{error.name} is not installed", where="evac serve", expected="the extra `server`",
            remedy="pip install 'riskmap[server]'",
        ) from error  # fmt: skip
    if site:
        keep_sites(registry, site)
    with (
        office_of(documents, responses, run, offices, region_names, field, duty) as office,
        field_of(field, run) as desk,
    ):
        serve_registry(
            registry, vault=vault, host=host, port=port, cert=cert, key=key, keys=keys, plain_http=plain_http,
            proxies=proxy or (), access=not quiet, tell=lambda line: typer.echo(line, err=True), office=office,
            field=desk, allocation=allocation,
        )  # fmt: skip


@contextmanager
def field_of(store: str | None, run: Path | None) -> Iterator[FieldDesk | None]:
    """The desk of the field, where its log is named; the run is read again when a newer one replaces it."""
    if store is None:
        yield None
        return
    from evac.field.desk import FieldDesk
    from evac.field.rules import field_rules
    from evac.field.run_dangers import NewestRun
    from evac.store.opening_field import open_field_log

    newest = NewestRun(run, field_rules()) if run else None
    log = open_field_log(store, new=False)
    try:
        yield FieldDesk(log, dangers=newest)
    finally:
        log.close()


def keep_sites(registry: str, sites: Sequence[str]) -> None:
    """Write into the registry where codes in their unsigned form lead: phones and laptops take such codes alone.

    Raises
    ------
    ConfigError
        Not an address.
    """
    from evac.codes import SITES
    from evac.store.opening import open_registry

    wrong = [site for site in sites if not site.startswith("https://") or site.split() != [site]]
    if wrong:
        raise ConfigError(
            "not an address", where="--site", expected="https://HOST/PATH", found=repr(wrong[0])
        )
    store = open_registry(registry)
    try:
        store.put_labels({SITES: " ".join(sites)})
    finally:
        store.close()


def add_to(app: typer.Typer) -> None:
    """Add the commands of a server."""
    app.command()(serve)
    app.add_typer(token_app, name="token")
    app.add_typer(vault_app, name="vault")
