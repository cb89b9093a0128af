"""The tables of a registry, for SQLite and PostgreSQL alike.

``event``, ``seal`` and ``alias`` only grow. ``standing`` and ``change`` are derived from ``event`` in the same
transaction: no counter is ever written twice, so nobody waits for anybody's count.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from evac.store.rows import FIRST_ASIDE

SCHEMA_VERSION: Final = "4"
METADATA: Final = sa.MetaData()

# SQLite counts rows by INTEGER PRIMARY KEY alone, PostgreSQL by an identity
_SEQUENCE: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT: Final = "microseconds since 1970 UTC"

EVENT: Final = sa.Table(
    "event",
    METADATA,
    sa.Column("sequence", _SEQUENCE, primary_key=True, autoincrement=True),
    sa.Column("event_id", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("code", sa.LargeBinary, nullable=False),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("counter", sa.BigInteger, nullable=False),
    sa.Column("device_at", sa.BigInteger, nullable=False, comment=_INSTANT),
    sa.Column("trusted_at", sa.BigInteger, nullable=False, comment=_INSTANT),
    sa.Column("mode", sa.SmallInteger, nullable=False),
    sa.Column("extra", sa.Text, comment="what this kind alone carries, as JSON"),
    sa.Column("received_at", sa.BigInteger, nullable=False, comment=_INSTANT),
    sa.Column(
        "previous",
        _SEQUENCE,
        comment="the person's event before this one, by receipt: a path from standing.last back",
    ),
    sa.Column("link", sa.LargeBinary, comment="of the chain, where the store seals as it stores"),
)
sa.Index(
    "event_aside",
    EVENT.c.kind,
    EVENT.c.sequence,
    sqlite_where=EVENT.c.kind >= FIRST_ASIDE,
    postgresql_where=EVENT.c.kind >= FIRST_ASIDE,
)
SEAL: Final = sa.Table(
    "seal",
    METADATA,
    sa.Column(
        "position", _SEQUENCE, primary_key=True, autoincrement=False, comment="in the chain, without gaps"
    ),
    sa.Column("sequence", _SEQUENCE, nullable=False, index=True),
    sa.Column("received_at", sa.BigInteger, nullable=False, comment=_INSTANT),
    sa.Column("digest", sa.LargeBinary, nullable=False, comment="of the event"),
    sa.Column("link", sa.LargeBinary, nullable=False),
)
"""The chain where it is not in ``event``: on PostgreSQL, and of events that were destroyed."""
ALIAS: Final = sa.Table(
    "alias",
    METADATA,
    sa.Column("code", sa.LargeBinary, nullable=False, index=True),
    sa.Column("other", sa.LargeBinary, nullable=False, index=True),
)
"""Codes that were ever merged, both ways round: whose events are read together."""
STANDING: Final = sa.Table(
    "standing",
    METADATA,
    sa.Column("code", sa.LargeBinary, primary_key=True),
    sa.Column("state", sa.SmallInteger, nullable=False),
    sa.Column("county", sa.Text, nullable=False, index=True),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("at_door", sa.SmallInteger, nullable=False),
    sa.Column("due", sa.SmallInteger, nullable=False),
    sa.Column("stay", sa.SmallInteger),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("verified", sa.SmallInteger, nullable=False),
    sa.Column("round", sa.SmallInteger, nullable=False),
    sa.Column("notified", sa.SmallInteger, nullable=False),
    sa.Column("since", sa.BigInteger),
    sa.Column("idle", sa.Integer, nullable=False),
    sa.Column("moves", sa.SmallInteger, nullable=False),
    sa.Column("trusted_at", sa.BigInteger, comment="with the next three: key of the newest event"),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("counter", sa.BigInteger, nullable=False),
    sa.Column("event_id", sa.LargeBinary, nullable=False),
    sa.Column("plain", sa.SmallInteger, nullable=False),
    sa.Column(
        "last",
        _SEQUENCE,
        nullable=False,
        comment="the newest event by receipt, from which the path leads back",
    ),
    sqlite_with_rowid=False,
)
sa.Index(
    "standing_moved",
    STANDING.c.county,
    sqlite_where=STANDING.c.moves > 0,
    postgresql_where=STANDING.c.moves > 0,
)
CHANGE: Final = sa.Table(
    "change",
    METADATA,
    sa.Column("county", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("state", sa.SmallInteger, nullable=False),
    sa.Column("stay", sa.SmallInteger),
    sa.Column("due", sa.SmallInteger, nullable=False),
    sa.Column("place", sa.Text, nullable=False, comment="of stay; empty for who has none"),
    sa.Column("n", sa.Integer, nullable=False),
)
PERSON: Final = sa.Table(
    "person",
    METADATA,
    sa.Column("code", sa.LargeBinary, primary_key=True),
    sa.Column("short_code", sa.Text, nullable=False, unique=True),
    *(
        sa.Column(name, sa.Text, nullable=False, index=name == "village")
        for name in (
            "household", "county", "village", "village_name", "category", "stay", "place", "vulnerability", "transport",
            "vessel",
        )
    ),
    sa.Column("printed", sa.Boolean, nullable=False),
    sa.Column("signed", sa.LargeBinary, nullable=False),
    sa.Column("identity", sa.Text, index=True, comment="keyed pseudonym of an identity number"),
    sa.Column("told", sa.LargeBinary, nullable=False, comment="name, helper, phone, sex, year of birth and private destination, sealed"),
    sa.Column("label", sa.Text, nullable=False, comment="SYNTHETIC for invented people"),
)  # fmt: skip
SHELTER: Final = sa.Table(
    "shelter",
    METADATA,
    sa.Column("shelter_id", sa.Text, primary_key=True),
    *(sa.Column(name, sa.Text, nullable=False) for name in ("name", "county", "town", "level")),
    sa.Column("capacity", sa.Integer, nullable=False),
    *(sa.Column(name, sa.Float) for name in ("area_m2", "longitude", "latitude")),
    sa.Column("label", sa.Text, nullable=False),
)
LABEL: Final = sa.Table(
    "label",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)


REVISION: Final = sa.Table(
    "alembic_version", METADATA, sa.Column("version_num", sa.String(32), primary_key=True)
)
"""Which of ``migrations`` the tables are at; newly made ones are at the newest."""


def columns(table: sa.Table, *left_out: str) -> tuple[str, ...]:
    """Names of a table's columns, in order."""
    return tuple(column.name for column in table.columns if column.name not in left_out)


EVENT_COLUMNS: Final = columns(EVENT, "sequence", "received_at", "previous", "link")
"""What ``rows.event_row`` gives."""
STANDING_COLUMNS: Final = columns(STANDING, "last")
"""What ``rows.standing_row`` gives."""


def insert(table: sa.Table, mark: str, names: tuple[str, ...] | None = None) -> str:
    """An INSERT for the driver; ``mark`` is its placeholder."""
    given = columns(table) if names is None else names
    return f"INSERT INTO {table.name} ({', '.join(given)}) VALUES ({', '.join([mark] * len(given))})"


def keep(table: sa.Table, mark: str) -> str:
    """An INSERT that leaves the row of the same primary key as it is."""
    key = [column.name for column in table.primary_key]
    return f"{insert(table, mark)} ON CONFLICT ({', '.join(key)}) DO NOTHING"


def upsert(table: sa.Table, mark: str) -> str:
    """An INSERT that replaces the row of the same primary key."""
    key = [column.name for column in table.primary_key]
    rest = ", ".join(f"{name} = excluded.{name}" for name in columns(table, *key))
    return f"{insert(table, mark)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {rest}"


def update(table: sa.Table, mark: str, *left_out: str) -> str:
    """An UPDATE of the row of the primary key, which comes last; columns that are left out stay, and so do their indexes."""
    key = [column.name for column in table.primary_key]
    rest = ", ".join(f"{name} = {mark}" for name in columns(table, *key, *left_out))
    return f"UPDATE {table.name} SET {rest} WHERE {' AND '.join(f'{name} = {mark}' for name in key)}"


EVENTS: Final = f"SELECT {', '.join(EVENT_COLUMNS)} FROM event"
PEOPLE: Final = f"SELECT {', '.join(columns(PERSON))} FROM person"
SHELTERS: Final = f"SELECT {', '.join(columns(SHELTER))} FROM shelter ORDER BY shelter_id"
