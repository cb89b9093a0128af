"""The command ``evac``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_group

from evac.commands import drill
from riskmap.errors import DataError, MissingExtraError, RiskmapError

_EXTRA_PACKAGES = ("sqlalchemy", "cryptography", "segno", "zxingcpp", "openpyxl")


FILES: Final[dict[str, dict[str, str]]] = {
    "名单与安全码 List and codes": {
        "people": "people", "shelters": "shelters", "codes": "revoke unrevoke judge print print-blanks keys",
    },
    "备勤 Readiness": {"ready": "ready"},
    "道路与清空 Roads and clearance": {"routes": "clearance routes", "crowd": "crowd"},
    "登记点 At the doors": {
        "server": "serve token vault", "phone": "phone", "kiosk": "kiosk", "redirect": "redirect", "bundle": "bundle",
        "uses": "uses", "danger": "danger",
    },
    "清点与态势 Counting and the situation": {
        "report": "report", "tasks": "tasks decide", "situation": "situation", "cockpit": "cockpit",
    },
    "物资 Supplies": {"supplies": "supplies"},
    "公文 Official documents": {
        "documents": "sign retract documents", "orders": "orders", "worker": "worker", "channels": "channels",
    },
    "转移方案 Transfer plan": {"plan": "plan plan-order plan-cards", "allocate": "allocate"},
    "应急响应 Emergency response": {"response": "response"},
    "返回与复盘 Return and review": {"returning": "return", "review": "review"},
    "感知与网格员 Sensors and grid workers": {"field": "field"},
    "寻人与交换 Missing people, other registries": {"exchange": "export missing"},
    "运行 Running a registry": {"operations": "backup restore disk clock", "store": "migrate secure"},
    "隐私 Privacy": {"privacy": "destroy witness hold", "access": "reveal access"},
}  # fmt: skip
"""What the commands are for, the files of ``evac.commands`` that hold them, and their names."""


class LazyCommands(TyperGroup):
    """A file's commands are built when one of them is called: to build all takes three times as long as most run."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, in the order of the panels."""
        for panel, files in FILES.items():
            for file, names in files.items():
                self._open(panel, file, names)
        return super().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, whose file is read now; of a name that is none, all are, so that the nearest can be named."""
        known = cmd_name in self.commands
        for panel, files in FILES.items():
            for file, names in files.items():
                if cmd_name in names.split():
                    self._open(panel, file, names)
                    known = True
        if not known:
            self.list_commands(ctx)
        return super().get_command(ctx, cmd_name)

    def _open(self, panel: str, file: str, names: str) -> None:
        if self.commands.keys() >= set(names.split()):
            return
        room = typer.Typer(rich_markup_mode="rich")
        import_module(f"evac.commands.{file}").add_to(room)
        entries: list[Any] = [*room.registered_commands, *room.registered_groups]
        for entry in entries:
            entry.rich_help_panel = panel
        self.commands.update(get_group(room).commands)


app = typer.Typer(
    cls=LazyCommands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Transfer lists, safety codes (安全码), check-ins, head-counts, and official documents signed (签发).\n\n"
    "[bold]First steps[/bold]\n\n"
    "  evac drill --from out/in-fa       the whole loop, rehearsed on a run\n\n"
    "  evac vault new --out 2106.key     the key of an event, before any name\n\n"
    "  evac people import --help         a list of people: the registry begins\n\n"
    "  evac serve --help                 doors, counts and the cockpit\n\n"
    "  evac report --help                every form, filled from the one log\n\n"
    "Each command's own --help ends in an example. Shell completion: evac --install-completion, then open a new shell.\n\n"
    "Exit codes: 0 done, 2 wrong input, 3 unreadable file, 4 a code that is not accepted, 7 a limit was passed, 70 internal error.",
)

Source = Annotated[
    Path, typer.Option("--from", help="Folder of a run that `riskmap` published.", show_default=False)
]


def _version(wanted: bool) -> None:
    if wanted:
        try:
            typer.echo(f"evac {version('riskmap')}")
        except PackageNotFoundError:
            typer.echo("evac (not installed)")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del debug, show_version  # --debug is read in main, where errors end up


@app.command()
def transfers(source: Source) -> None:
    """List whose people move now or prepare, asset by asset (转移清单).

    Slopes, villages, reservoirs, wall sections and low spots at orange or red, and those without data, which must be
    looked after on the spot. Writes DIR/transfer_list.csv.

    Example: evac transfers --from out/in-fa
    """
    from evac.published import publish_transfers

    path, found = publish_transfers(source)
    for step, total in found.items():
        more = f", {total.unknown} of unknown number" if total.unknown else ""
        typer.echo(f"{step.chinese} {step.value}: {total.assets} assets, {total.people:,} people{more}")
    typer.echo(str(path))


@app.command()
def pendants(
    source: Source,
    numbers: Annotated[str, typer.Option("--range", help="First and last number, counted from 1.")],
    out: Annotated[
        Path | None, typer.Option(help="PDF to write; DIR/pendants-RANGE.pdf if not named.")
    ] = None,
) -> None:
    """Print more pendants of a published drill, ten to an A4 page.

    Example: evac pendants --from out/in-fa --range 201-400
    """
    from evac.published import print_pendants, write_whole

    first, dash, last = numbers.partition("-")
    if not (first.isdecimal() and (last.isdecimal() or not dash)):
        raise DataError(
            "not a range", where="--range", expected="two numbers such as 201-400", found=repr(numbers)
        )
    target = out or source / f"pendants-{numbers}.pdf"
    write_whole(target, print_pendants(source, int(first), int(last or first)))
    typer.echo(str(target))


@app.command()
def verify(
    code: Annotated[str, typer.Argument(help="Text of the QR code, or the short code under it.")],
    source: Source,
    at: Annotated[datetime | None, typer.Option(help="Time of the scan, UTC; now if not given.")] = None,
) -> None:
    """Judge a code against the public key and the roster of a published drill.

    Example: evac verify --from out/in-fa 3K7Q-PX2M-9AB
    """
    from evac import codes
    from evac.privacy import mask_name
    from evac.published import open_registry

    now = at.replace(tzinfo=UTC) if at else datetime.now(UTC)
    store = open_registry(source)
    try:
        if code.startswith("EV1:"):
            keys = codes.public_keys([bytes.fromhex(store.labels()["public_key"])])
            found = codes.verify(code, keys, now=now).ticket.code
            how = "signature valid 签名有效"
        else:
            found = codes.parse_short_code(code)
            how = "short code, no signature 短码,仅凭名单"
        person = store.person(found)
    finally:
        store.close()
    if person is None:
        from evac.errors import UnknownCodeError

        raise UnknownCodeError(
            "not on this roster",
            where="code",
            remedy="let the person in and add them at the door",
        )
    label = "演练 SYNTHETIC · " if person.synthetic else ""
    typer.echo(f"{label}{how} · {mask_name(person.name)} · {person.county} {person.village_name}")


drill.add_to(app)
for _command in app.registered_commands:
    _command.rich_help_panel = "演练 Drills"


def main(arguments: list[str] | None = None) -> None:
    """Entry point: an error ends in one paragraph on stderr and its own exit code; ``--debug`` shows the traceback."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        app(args=given, prog_name="evac")
    except RiskmapError as error:
        _end(error, given)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "scipy":
            _end(
                MissingExtraError(
                    "scipy is not installed",
                    where="evac",
                    expected="the extra `plan`",
                    remedy="pip install 'riskmap[plan]'",
                ),
                given,
            )
        if error.name not in _EXTRA_PACKAGES:
            raise
        _end(
            MissingExtraError(
                f"{error.name} is not installed",
                where="evac",
                expected="the extra `evac`",
                remedy="pip install 'riskmap[evac,letters]'; the drill was left out",
            ),
            given,
        )


def _end(error: RiskmapError, given: list[str]) -> None:
    if "--debug" in given:
        raise error
    typer.echo(f"evac: {error}", err=True)
    raise SystemExit(error.exit_code)


if __name__ == "__main__":
    main()
