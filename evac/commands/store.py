"""`evac migrate` and `evac secure`: the tables of a registry, and who may touch them."""

from __future__ import annotations

from typing import Annotated

import typer

Registry = Annotated[
    str,
    typer.Option(
        help="A registry's file, or its database: postgresql://owner@host/name.", show_default=False
    ),
]


def migrate(registry: Registry) -> None:
    """Bring a registry that an earlier version made to this version (升级), whole or not at all.

    Make a backup first (evac backup), and stop what writes to it. In the middle of an emergency it is done between two batches:
    devices keep what they have and send it again.

    Example: evac migrate --registry county.sqlite
    """
    from evac.store.migrating import migrate as bring

    done = bring(registry)
    said = "已是最新版本 nothing to do" if done.before == done.after else f"{done.before} → {done.after}"
    typer.echo(f"{registry.rpartition('@')[2]}: {said}")


def secure(
    registry: Registry,
    reader: Annotated[
        list[str] | None,
        typer.Option(
            "--reader",
            help="LOGIN=REGION: which rows a login of evac_reader sees, by 2, 4 or 6 digits; may be repeated.",
        ),
    ] = None,
) -> None:
    """Set the roles of a registry's database: who writes cannot change the log, who reads sees its region (权限).

    Run it as the tables' owner, once and after each migration. Then give logins a role, let the server use one, and say what
    the others read; a login of which nothing was said sees nobody.

    CREATE ROLE api LOGIN PASSWORD '...' IN ROLE evac_writer;   evac serve --registry postgresql://api@host/name

    CREATE ROLE zhoushan LOGIN PASSWORD '...' IN ROLE evac_reader;

    Example: evac secure --registry postgresql://owner@db/county --reader zhoushan=3309
    """
    from evac.store.opening import is_address
    from evac.store.postgres_rights import secure as protect
    from riskmap.errors import ConfigError

    if not is_address(registry):
        raise ConfigError(
            "a file has no roles", where=registry, expected="postgresql://owner@host/name",
            remedy="protect the file by the rights of its folder",
        )  # fmt: skip
    wrong = [given for given in reader or () if "=" not in given]
    if wrong:
        raise ConfigError(
            "which login reads what?", where="--reader", expected="LOGIN=REGION, such as zhoushan=3309", found=repr(wrong[0])
        )  # fmt: skip
    readers = protect(registry, dict(given.rsplit("=", 1) for given in reader or ()))
    typer.echo("evac_writer, evac_reader: 行级安全已启用 row-level security is on")
    for login, region in readers.items():
        typer.echo(
            f"{login}: {region or '未指定,看不到任何人 no region yet, sees nobody: --reader LOGIN=REGION'}"
        )


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    for command in (migrate, secure):
        app.command()(command)
