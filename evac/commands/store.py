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


def secure(registry: Registry) -> None:
    """Set the roles of a registry's database: who writes cannot change the log, who reads sees its region (权限).

    Run it as the tables' owner, once and after each migration. Then give logins a role and let the server use one:

    CREATE ROLE api LOGIN PASSWORD '...' IN ROLE evac_writer;   evac serve --registry postgresql://api@host/name

    CREATE ROLE zhoushan LOGIN PASSWORD '...' IN ROLE evac_reader;   psql "options='-c evac.region=3309'"

    Example: evac secure --registry postgresql://owner@db/county
    """
    from evac.store.opening import is_address
    from evac.store.postgres_rights import secure as protect
    from riskmap.errors import ConfigError

    if not is_address(registry):
        raise ConfigError(
            "a file has no roles", where=registry, expected="postgresql://owner@host/name",
            remedy="protect the file by the rights of its folder",
        )  # fmt: skip
    protect(registry)
    typer.echo("evac_writer, evac_reader: 行级安全已启用 row-level security is on")


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    for command in (migrate, secure):
        app.command()(command)
