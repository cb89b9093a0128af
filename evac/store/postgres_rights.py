"""Who may do what in a registry's database: two roles that own nothing, and row-level security.

``evac_writer`` adds to the log and moves what is derived from it; it cannot change or delete an event. ``evac_reader`` reads,
and only the rows of the region that the tables' owner has given its login: a setting of the connection would be the reader's own to
change. A login that was given none sees nobody. ``FORCE`` binds the owner too, where a policy names it: a forgotten grant shows nothing
instead of everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import psycopg
from psycopg import sql

from evac.store.access import PostgresAccessLog
from evac.store.tokens import PostgresTokens
from riskmap.errors import ConfigError, SourceError

WRITER: Final = "evac_writer"
READER: Final = "evac_reader"
REGION_LENGTHS: Final = (2, 4, 6)
"""Digits of a province, city, county: what the rows of a registry are cut by."""

_LOG: Final = ("event", "seal", "trail", "alias", "access")  # only ever added to
_DERIVED: Final = ("standing", "change", "person", "shelter", "label", "device_token")
_CHANGED: Final = ("standing", "person", "shelter", "label", "device_token")
_REGIONS: Final = "reader_region"
_BY_COUNTY: Final = ("standing", "change", "person", "shelter")
_BY_CODE: Final = ("event",)
_TO_READ: Final = (*_BY_COUNTY, *_BY_CODE, "label", "alembic_version", _REGIONS)
_CHAINS: Final = ("document_record", "document_once", "field_record", "field_once")
"""Logs of the office that may lie in the same database: added to, and read whole."""
_NOBODY: Final[Mapping[str, str]] = MappingProxyType({})

_MAKE_REGIONS: Final = f"CREATE TABLE IF NOT EXISTS {_REGIONS} (login text PRIMARY KEY, region text NOT NULL CHECK (region ~ '^([0-9][0-9]){{1,3}}$'))"
_GIVE: Final = (
    f"INSERT INTO {_REGIONS} VALUES (%s, %s) ON CONFLICT (login) DO UPDATE SET region = excluded.region"
)
_MINE: Final = "login = session_user"  # SET ROLE changes nothing of it
_OF_REGION: Final = f"starts_with(county, (SELECT region FROM {_REGIONS} WHERE {_MINE}))"
_PLAIN_LABELS: Final = "key IN ('schema', 'machine', 'event', 'node', 'label', 'key_mark')"
"""Others hold codes of blank pendants, and what nodes of other regions sent."""
_LOGINS: Final = (
    "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member "
    "JOIN pg_roles g ON g.oid = m.roleid WHERE g.rolname = %s AND r.rolcanlogin AND r.rolname <> current_user ORDER BY r.rolname"
)


def secure(dsn: str, readers: Mapping[str, str] = _NOBODY) -> dict[str, str]:
    """Make the roles where there are none, give them their rights, and switch row-level security on; may be run again.

    Parameters
    ----------
    dsn : str
        Of a role that owns the tables and may make roles.
    readers : mapping
        Login of ``evac_reader`` -> administrative code of the region that it reads from now on; the others keep theirs.

    Returns
    -------
    dict
        Every login that may read, and its region; empty where it was given none.

    Raises
    ------
    ConfigError
        A region is none, or a login none of ``evac_reader``: nothing was changed.
    SourceError
        The server says no.
    """
    _require_regions(readers)
    try:
        for beside in (PostgresTokens(dsn), PostgresAccessLog(dsn)):  # a writer may make no tables
            beside.close()
        with psycopg.connect(dsn) as raw:  # one transaction
            raw.execute("SET LOCAL client_min_messages = warning")
            for role in (WRITER, READER):
                _make(raw, role)
            raw.execute(_MAKE_REGIONS)
            _grant(raw)
            for table in (*_LOG, *_DERIVED, _REGIONS):
                _protect(raw, table)
            return _give(raw, readers)
    except psycopg.Error as error:
        raise SourceError(
            f"the rights could not be set ({str(error).strip()}); they are as they were", where="PostgreSQL",
            expected="a registry's database, and the role that owns its tables and may make roles",
            remedy="run it as that role",
        ) from error  # fmt: skip


def _require_regions(readers: Mapping[str, str]) -> None:
    for login, region in readers.items():
        if not (len(region) in REGION_LENGTHS and region.isascii() and region.isdigit()):
            raise ConfigError(
                "not a region that a login can read", where=f"--reader {login}={region}",
                expected="2 (province), 4 (city) or 6 (county) digits", found=repr(region),
                remedy="towns and villages read over HTTP, with a token",
            )  # fmt: skip


def _give(raw: psycopg.Connection, readers: Mapping[str, str]) -> dict[str, str]:
    logins = [name for (name,) in raw.execute(_LOGINS, (READER,))]
    for login, region in readers.items():
        if login not in logins:
            raise ConfigError(
                f"no login of {READER}; nothing was changed", where=f"--reader {login}={region}",
                expected=", ".join(logins) or "one", found=repr(login),
                remedy=f"CREATE ROLE {login} LOGIN PASSWORD '...' IN ROLE {READER}",
            )  # fmt: skip
        raw.execute(_GIVE, (login, region))
    given: dict[str, str] = dict(raw.execute(f"SELECT login, region FROM {_REGIONS}").fetchall())
    return {login: given.get(login, "") for login in logins}


def _make(raw: psycopg.Connection, role: str) -> None:
    if raw.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
        raw.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))


def _grant(raw: psycopg.Connection) -> None:
    def names(tables: tuple[str, ...]) -> sql.Composable:
        return sql.SQL(", ").join(map(sql.Identifier, tables))

    chains = tuple(
        name for name in _CHAINS if raw.execute("SELECT to_regclass(%s)::text", (name,)).fetchone() != (None,)
    )
    added = (*_LOG, *_DERIVED, *chains)
    everything = names((*added, "alembic_version", _REGIONS))
    writer, reader = sql.Identifier(WRITER), sql.Identifier(READER)
    for text, given in (
        ("REVOKE ALL ON {t} FROM PUBLIC, {w}, {r}", everything),
        ("GRANT SELECT ON {t} TO {w}", names((*added, "alembic_version"))),
        ("GRANT INSERT ON {t} TO {w}", names(added)),
        ("GRANT UPDATE ON {t} TO {w}", names(_CHANGED)),
        ("GRANT DELETE ON {t} TO {w}", names(("change",))),  # to sum up
        ("GRANT SELECT ON {t} TO {r}", names(_TO_READ)),
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
        return _OF_REGION
    if table in _BY_CODE:  # by the standing, whose own policy holds
        return f"EXISTS (SELECT 1 FROM standing s WHERE s.code = {table}.code)"
    return {"label": _PLAIN_LABELS, _REGIONS: _MINE}.get(table, "false")
