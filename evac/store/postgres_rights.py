"""Who may do what in a registry's database: two roles that own nothing, and row-level security.

``evac_writer`` adds to the log and moves what is derived from it; it cannot change or delete an event. ``evac_reader`` reads,
and only the rows of the region that its connection names: ``SET evac.region = '3309'``, or with the connection string
``options='-c evac.region=3309'``. A connection that names none sees nobody. ``FORCE`` binds the tables' owner too, where a policy
names it: a forgotten grant shows nothing instead of everything.
"""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import sql

from riskmap.errors import SourceError

WRITER: Final = "evac_writer"
READER: Final = "evac_reader"
REGION: Final = "evac.region"

_LOG: Final = ("event", "seal", "trail", "alias")  # only ever added to
_DERIVED: Final = ("standing", "change", "person", "shelter", "label")
_BY_COUNTY: Final = ("standing", "change", "person", "shelter")
_BY_CODE: Final = ("event",)
_OPEN: Final = ("label", "alembic_version")

_REGION_OF: Final = "current_setting('evac.region', true) <> '' AND starts_with({column}, current_setting('evac.region', true))"


def secure(dsn: str) -> None:
    """Make the roles where there are none, give them their rights, and switch row-level security on; may be run again.

    Parameters
    ----------
    dsn : str
        Of a role that owns the tables and may make roles.

    Raises
    ------
    SourceError
        The server says no.
    """
    try:
        with psycopg.connect(dsn) as raw:  # one transaction
            for role in (WRITER, READER):
                _make(raw, role)
            _grant(raw)
            for table in (*_LOG, *_DERIVED):
                _protect(raw, table)
    except psycopg.Error as error:
        raise SourceError(
            f"the rights could not be set ({str(error).strip()}); they are as they were", where="PostgreSQL",
            expected="a registry's database, and the role that owns its tables and may make roles",
            remedy="run it as that role",
        ) from error  # fmt: skip


def _make(raw: psycopg.Connection, role: str) -> None:
    if raw.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
        raw.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))


def _grant(raw: psycopg.Connection) -> None:
    def names(tables: tuple[str, ...]) -> sql.Composable:
        return sql.SQL(", ").join(map(sql.Identifier, tables))

    everything = names((*_LOG, *_DERIVED, "alembic_version"))
    writer, reader = sql.Identifier(WRITER), sql.Identifier(READER)
    for text, given in (
        ("REVOKE ALL ON {t} FROM PUBLIC, {w}, {r}", everything),
        ("GRANT SELECT ON {t} TO {w}", everything),
        ("GRANT INSERT ON {t} TO {w}", names((*_LOG, *_DERIVED))),
        ("GRANT UPDATE ON {t} TO {w}", names(("standing", "person", "shelter", "label"))),
        ("GRANT DELETE ON {t} TO {w}", names(("change",))),  # to sum up
        ("GRANT SELECT ON {t} TO {r}", names((*_BY_COUNTY, *_BY_CODE, *_OPEN))),
        ("GRANT USAGE ON SEQUENCE event_sequence_seq TO {w}", everything),
        ("GRANT EXECUTE ON FUNCTION check_in TO {w}", everything),
    ):
        raw.execute(sql.SQL(text).format(t=given, w=writer, r=reader))
    raw.execute("REVOKE EXECUTE ON FUNCTION check_in FROM PUBLIC")


def _protect(raw: psycopg.Connection, table: str) -> None:
    name = sql.Identifier(table)
    raw.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(name))
    raw.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(name))
    for policy, role, chosen in (
        ("writes", sql.Identifier(WRITER), "true"),
        ("keeps", sql.SQL("CURRENT_USER"), "true"),
        ("reads", sql.Identifier(READER), _chosen(table)),
    ):
        raw.execute(sql.SQL("DROP POLICY IF EXISTS {} ON {}").format(sql.Identifier(policy), name))
        raw.execute(
            sql.SQL("CREATE POLICY {} ON {} TO {} USING ({})").format(
                sql.Identifier(policy),
                name,
                role,
                sql.SQL(chosen),
            )
        )


def _chosen(table: str) -> str:
    """Which rows of a table a reader sees."""
    if table in _BY_COUNTY:
        return _REGION_OF.format(column="county")
    if table in _BY_CODE:  # by the standing, whose own policy holds
        return f"EXISTS (SELECT 1 FROM standing s WHERE s.code = {table}.code)"
    return "true" if table in _OPEN else "false"
