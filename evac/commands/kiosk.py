"""`evac kiosk`: the laptop at a shelter's door, with a barcode scanner and without a network."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from evac.commands.bundle_base import At, KeyFile, key_beside, now_or, opened, read_own, told_left_out
from riskmap.errors import ConfigError, MissingExtraError

kiosk_app = typer.Typer(
    invoke_without_command=True,
    help="Check people in at a shelter's door (安置点登记), without a network: scan or type, one line each.\n\n"
    "Example: evac kiosk --registry K1.sqlite --shelter S1 --actor 张三",
)


@kiosk_app.callback()
def kiosk(
    context: typer.Context,
    registry: Annotated[
        Path | None, typer.Option(help="The registry that `evac kiosk init` made.", show_default=False)
    ] = None,
    shelter: Annotated[
        str, typer.Option(help="Id of the shelter, as on its sheet.", show_default=False)
    ] = "",
    actor: Annotated[str, typer.Option(help="Who is at the door; written into each entry.")] = "",
    key: KeyFile = None,
    sheets: Annotated[
        Path | None, typer.Option(help="Folder for the shift's sheet; beside the registry if not named.")
    ] = None,
) -> None:
    """One line a scan; every confirmed line is on the disk, whatever happens to the power. `?` lists the commands."""
    if context.invoked_subcommand:
        return
    if registry is None or not shelter or not actor:
        raise ConfigError(
            "who, where and into what?", where="evac kiosk", expected="--registry FILE --shelter ID --actor NAME",
            remedy="a new laptop first: evac kiosk init --from TOWN.evacroster --key K1.key --registry K1.sqlite",
        )  # fmt: skip
    from evac.registry import Registry

    own = read_own(str(registry), key)
    with opened(str(registry), own) as store:
        known = sorted(found.shelter_id for found in store.shelters())
        if known and shelter not in known:
            raise ConfigError(
                "no such shelter here", where="--shelter", expected=", ".join(known[:20]), found=repr(shelter)
            )
        from evac.kiosk.terminal import hold_door

        shift = hold_door(
            Registry(store), own, shelter=shelter, actor=actor, lines=_lines(), say=typer.echo, ask=_ask
        )
    from evac.kiosk.sheet import sheet_name, sheet_text
    from evac.sync.files import writing

    text = sheet_text(shift)
    typer.echo(text)
    path = (sheets or registry.parent) / sheet_name(shift)
    with writing(path) as file:
        file.write(text.encode())
    typer.echo(f"请打印 print: {path}")
    if shift.not_sent:
        typer.echo(
            f"待上送 not yet sent: {shift.not_sent} · evac bundle export --registry {registry} --to U盘"
        )


def _lines() -> Iterator[str]:
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        yield line


def _ask(question: str) -> str:
    typer.echo(question)
    return sys.stdin.readline()


@kiosk_app.command()
def init(
    source: Annotated[Path, typer.Option("--from", help="Roster bundle of the town, from the county.")],
    key: Annotated[Path, typer.Option(help="Key file of this kiosk, which came on another way.")],
    registry: Annotated[Path, typer.Option(help="Registry to make; the key file is put beside it.")],
    at: At = None,
) -> None:
    """Make a kiosk of this laptop: a town's people, shelters and keys from a roster bundle.

    Example: evac kiosk init --from 330902001.evacroster --key K1.key --registry K1.sqlite
    """
    from evac.people.door import blanks
    from evac.store.filling import filled_registry
    from evac.sync.bundle import Bundle
    from evac.sync.files import reading
    from evac.sync.node import read_node, read_parents, write_node
    from evac.sync.roster_bundle import take_in_roster

    own, parents = read_node(key), read_parents(key)
    moment = now_or(at)
    beside = key_beside(str(registry), None)
    with reading(source) as file:
        bundle = Bundle(file, str(source))
        with filled_registry(registry, own.vault) as store:
            counts = take_in_roster(store, bundle, own, parent=parents, now=moment)
            stocked = bool(blanks(store))
            if beside.resolve() != key.resolve():
                # before the registry has its name: whoever finds it can open it
                write_node(beside, own, parents=parents)
    typer.echo(
        f"{registry}: {counts['people']:,} 人 people, {counts['shelters']} 安置点 shelters, {counts['events']:,} 条 events"
    )
    _tell_stock(stocked=stocked, registry=registry)
    typer.echo(f"evac kiosk --registry {registry} --shelter ID --actor 姓名")


def _tell_stock(*, stocked: bool, registry: Path) -> None:
    """Say that no blank pendant can be told from a neighbour's, and what to do about it."""
    if not stocked:
        typer.echo(
            "名册包里没有空白吊牌号段(旧版本所制,或县里未备)· no blank pendants came with this roster: an earlier version made "
            "it, or the county has none. 扫到空白吊牌请接着输入 = 姓名 after a blank type = NAME; better, at the county: "
            f"evac people blanks, export the roster again, then: evac kiosk update --from NEW --registry {registry}",
            err=True,
        )


@kiosk_app.command()
def update(
    source: Annotated[Path, typer.Option("--from", help="A newer roster bundle of the town.")],
    registry: Annotated[Path, typer.Option(help="The registry of this kiosk.")],
    key: KeyFile = None,
    at: At = None,
) -> None:
    """Bring a kiosk in use up to a newer roster: people, shelters, keys, revocation list. What was entered here stays.

    Example: evac kiosk update --from 330902001.evacroster --registry K1.sqlite
    """
    from evac.people.catching_up import catch_up
    from evac.people.door import blanks
    from evac.registry import Registry
    from evac.sync.bundle import Bundle
    from evac.sync.files import reading
    from evac.sync.roster_bundle import update_roster

    own = read_own(str(registry), key)
    with reading(source) as file, opened(str(registry), own) as store:
        counts = update_roster(store, Bundle(file, str(source)), own, now=now_or(at))
        left_out: list[str] = []
        catch_up(Registry(store), own.vault, left_out=left_out)
        stocked = bool(blanks(store))
    _tell_stock(stocked=stocked, registry=registry)
    for line in told_left_out(left_out):
        typer.echo(line, err=True)
    typer.echo(
        f"{registry}: {counts['people']:,} 人 people, {counts['shelters']} 安置点 shelters, {counts['events']:,} 条 events"
    )


@kiosk_app.command()
def serve(
    registry: Annotated[Path, typer.Option(help="The registry that `evac kiosk init` made.")],
    key: KeyFile = None,
    host: Annotated[
        str,
        typer.Option(
            help="127.0.0.1 for this laptop alone; 0.0.0.0 for the phones around, which wants --cert."
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=2**16 - 1)] = 8444,
    cert: Annotated[
        Path | None,
        typer.Option(help="Certificate of this laptop, PEM; phones open a camera over TLS alone."),
    ] = None,
    cert_key: Annotated[Path | None, typer.Option(help="Key of the certificate, PEM.")] = None,
) -> None:
    """Serve the phone page (/kiosk/) from this laptop, beside the terminal: phones around it send to it, sticks carry the rest.

    Each phone needs a token: evac token new --registry K1.sqlite --device phone-07 --role clerk --scope 330902001

    Example: evac kiosk serve --registry K1.sqlite
    """
    read_own(str(registry), key)
    try:
        from evac.api.running import serve_registry
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"{error.name} is not installed", where="evac kiosk serve", expected="the extra `server`",
            remedy="pip install 'riskmap[server]'; the terminal works without it: evac kiosk",
        ) from error  # fmt: skip
    serve_registry(
        str(registry), vault=key_beside(str(registry), key), host=host, port=port, cert=cert, key=cert_key, keys=None,
        plain_http=False, proxies=(), access=False, tell=lambda line: typer.echo(line, err=True),
    )  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    app.add_typer(kiosk_app, name="kiosk")
