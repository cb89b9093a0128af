"""`evac phone join`, and the login code that `evac token new --qr` writes: what the county's side does for phones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from riskmap.errors import DataError

phone_app = typer.Typer(
    no_args_is_help=True,
    help="Phones at the doors (安置点登记): their page is at https://SERVER/kiosk/.\n\n"
    "Example: evac token new --registry county.sqlite --device phone-07 --role clerk --scope 330902001 "
    "--qr phone-07.svg --server https://evac.county.lan:8443",
)


@phone_app.callback()
def _phone() -> None:
    pass  # a group also while it has one command


@phone_app.command("join")
def join(
    scans: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Text file, one scanned code a line.")
    ],
    out: Annotated[Path, typer.Option(help="File to write, for `evac bundle import`.", show_default=False)],
) -> None:
    """Put the codes that a phone without any network shows one after another together to the file that it would have saved.

    A hand scanner types what it reads: let it type into a text file, in any order, each code at least once.

    Example: evac phone join scans.txt --out phone-07.jsonl
    """
    from evac.private_files import read_private, write_private
    from evac.sync.phone_file import read_phone_header
    from evac.web.frames import file_of_frames

    made = file_of_frames(read_private(scans).decode("utf-8-sig", errors="replace").splitlines())
    header = read_phone_header(made.split(b"\n", 1)[0], str(scans))
    write_private(out, made)
    more = "" if header.sealed else " --unsigned"
    typer.echo(f"{out}: {header.count} events 条; then: evac bundle import {out}{more}")


def require_server(server: str, prefix: str) -> None:
    """Before a token is made: what the login code needs is there.

    Raises
    ------
    DataError
        The address is not one that phones open their camera for, or the region is larger than a county.
    """
    local = server.startswith(("http://localhost", "http://127.0.0.1"))
    if not (server.startswith("https://") or local):
        raise DataError(
            "phones open the camera over https only", where="--server", expected="https://HOST[:PORT]", found=repr(server),
            remedy="name the address that the phones reach; a certificate: docs/howto/county_server.md",
        )  # fmt: skip
    if len(prefix) not in (6, 9, 12) or not prefix.isdigit():
        raise DataError(
            "a phone carries no larger roster", where="--scope", expected="6, 9 or 12 digits with --qr", found=repr(prefix)
        )  # fmt: skip


def write_login(
    path: Path, server: str, *, token: str, device: str, prefix: str, actor: str, place: str, role: str = ""
) -> None:
    """Write the login code for one phone; the file is for its owner alone, since it is the token."""
    from evac.private_files import write_private
    from evac.web.login import Login
    from riskmap.products.qr import qr_svg

    login = Login(server, token, device, prefix, actor, place, role)
    write_private(path, qr_svg(login.url()).encode())
    typer.echo(f"{path}: print it or show it, scan it once with the phone, then destroy it 扫后销毁")


def add_to(app: typer.Typer) -> None:
    """Add the commands for phones."""
    app.add_typer(phone_app, name="phone")
