"""The SQL of the PostgreSQL store: the state machine as a table, one statement a check-in.

The database moves a standing by one step itself, so that a check-in is one statement and locks one row. What only the whole
fold can tell (a late event, an undo) is marked ``refold`` in the same statement and folded by ``evac.state`` right after; a
mark that a crash left behind is seen and worked off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from evac.events import ABOUT_EVENTS
from evac.model import MOVED, State
from evac.state import LOWERS_DUE, RAISES_DUE, TELLS, TRANSITIONS
from evac.store import rows
from evac.store.tables import EVENT, EVENT_COLUMNS, METADATA, columns

EVENT_TYPES: Final = (
    "bytea", "bytea", "int2", "text", "text", "text", "int8", "int8", "int8", "int2", "text",
)  # fmt: skip
"""Of ``EVENT_COLUMNS``."""


def tables() -> Iterator[str]:
    """The statements that make the tables which every store has."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in METADATA.sorted_tables:
        yield str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            yield str(CreateIndex(index).compile(dialect=dialect))


LEAN: Final = "DROP INDEX IF EXISTS standing_moved"
"""A row whose indexed columns stay as they are is updated in its page alone, and ``moves`` of this index's condition would not: each move
between shelters wrote into every index, a sixth of a batch's time once a tenth had moved. Who moved is asked seldom, and found by county."""
TABLES: Final = f"""
CREATE TABLE trail (sequence bigint PRIMARY KEY, previous bigint NOT NULL);
ALTER TABLE event ADD xid bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint;
CREATE INDEX event_xid ON event USING brin (xid);
ALTER TABLE standing ALTER device TYPE text COLLATE "C", ADD refold boolean NOT NULL DEFAULT false;
ALTER TABLE standing SET (fillfactor = 70);
CREATE INDEX standing_refold ON standing (code) WHERE refold;
{LEAN};
"""
"""What PostgreSQL has beside the tables that every store has. Names compare by bytes, as Python compares them.

``trail`` is the path of a person's events where ``event.previous`` does not say it, and goes before it: where somebody
else's came in between in a batch, and in registries made before of several events of one person in a batch.
"""


def _numbers(kinds: Collection[str]) -> str:
    return ", ".join(str(rows.KIND_NUMBERS[kind]) for kind in sorted(kinds))


def _next() -> str:
    """The state after an event ``e`` from a standing ``s``, NULL where it changes nothing: the whole machine as one array."""
    states = tuple(rows.STATE_NUMBERS)
    kinds = [kind for kind, number in rows.KIND_NUMBERS.items() if number < rows.FIRST_ASIDE]
    after = [TRANSITIONS.get(kind, {}).get(state) for kind in kinds for state in states]
    # an array with NULLs in it is searched from its beginning
    cells = ",".join("-1" if state is None else str(rows.STATE_NUMBERS[state]) for state in after)
    return f"nullif(('{{{cells}}}'::smallint[])[e.kind * {len(states)} + s.state + 1], -1)"


_REGISTERED, _CORRECTED, _AT_DOOR, _RELATIVES, _CALLED_BACK = (
    rows.KIND_NUMBERS[kind]
    for kind in ("registered", "corrected", "corrected_at_door", "arrived_relatives", "called_back")
)
_DISPERSED: Final = rows.STATE_NUMBERS[State.DISPERSED]

_ORDERS: Final = _numbers({"ordered", "ordered_locally"})
_MOVED: Final = ", ".join(str(rows.STATE_NUMBERS[state]) for state in sorted(MOVED))
_NEWER: Final = (
    "(e.trusted_at, e.device, e.counter, e.event_id) > (s.trusted_at, s.device, s.counter, s.event_id)"
)


def _entry(name: str) -> str:
    return (
        f"CASE WHEN enters THEN e.extra::json ->> '{name}' "
        f"WHEN p AND (e.kind = {_CORRECTED} OR e.kind = {_AT_DOOR} AND s.at_door = 1) "
        f"THEN coalesce(nullif(e.extra::json ->> '{name}', ''), s.{name}) ELSE s.{name} END"
    )


def _steps() -> dict[str, str]:
    """``evac.state.step`` of a standing ``s`` and an event ``e``: column -> what it becomes.

    ``p`` says that one plain step is right, ``next`` is the state after it, ``steps`` that there is one, ``enters`` that the
    entry on the list is this event's: variables of ``FUNCTION``, columns of ``STORE``.
    """
    arrives = f"next IN ({_MOVED})"
    return {
        "state": "CASE WHEN p THEN coalesce(next, s.state) ELSE s.state END",
        "county": _entry("county"),
        "category": _entry("category"),
        "at_door": "CASE WHEN enters THEN (e.extra::json ->> 'at_door')::boolean::int ELSE s.at_door END",
        "due": f"CASE WHEN steps THEN ((s.due = 1 OR e.kind IN ({_numbers(RAISES_DUE)})) "
        f"AND e.kind NOT IN ({_numbers(LOWERS_DUE)}))::int ELSE s.due END",
        "stay": f"CASE WHEN steps AND {arrives} THEN next WHEN steps AND e.kind IN ({_ORDERS}) THEN NULL ELSE s.stay END",
        "place": f"CASE WHEN steps AND {arrives} AND e.kind <> {_CALLED_BACK} THEN e.place ELSE s.place END",
        "verified": f"CASE WHEN steps THEN (CASE WHEN e.kind = {_RELATIVES} "
        f"THEN (e.extra::json ->> 'verified')::boolean OR (s.state = {_DISPERSED} AND s.verified = 1) "
        f"ELSE next = {_DISPERSED} AND (e.kind = {_CALLED_BACK} OR s.verified = 1) END)::int ELSE s.verified END",
        "round": f"s.round + (steps AND e.kind IN ({_ORDERS}))::int",
        "notified": f"CASE WHEN steps THEN (e.kind IN ({_numbers(TELLS)}) OR (s.notified = 1 "
        f"AND e.kind NOT IN ({_ORDERS})))::int ELSE s.notified END",
        "since": "CASE WHEN steps THEN e.trusted_at ELSE s.since END",
        "idle": f"s.idle + (p AND next IS NULL AND e.kind NOT IN ({_REGISTERED}, {_CORRECTED}, {_AT_DOOR}))::int",
        "moves": f"s.moves + (steps AND {arrives} AND e.kind <> {_CALLED_BACK} AND s.stay IS NOT NULL "
        "AND s.place <> e.place)::int",
        **{key: f"CASE WHEN p THEN e.{key} ELSE s.{key} END" for key in ("trusted_at", "device", "counter", "event_id")},
        "refold": "s.refold OR NOT p",
    }  # fmt: skip


_STEP: Final = ", ".join(f"{name} = {value}" for name, value in _steps().items())
_PLAIN: Final = f"s.plain = 1 AND NOT s.refold AND e.kind NOT IN ({_numbers(ABOUT_EVENTS)}) AND (s.trusted_at IS NULL OR {_NEWER})"
_STEPS: Final = "p AND next IS NOT NULL"
_ENTERS: Final = f"p AND e.kind = {_REGISTERED} AND (s.county = '' OR s.at_door = 1 OR NOT (e.extra::json ->> 'at_door')::boolean)"


_SEATED: Final = (
    f"{_MOVED}, {', '.join(str(rows.STATE_NUMBERS[s]) for s in (State.RETURN_ALLOWED, State.RETURN_HELD))}"
)
_SPOT: Final = "county, category, state, stay, due, place"


def _spot(row: str, prefix: str = "") -> str:
    """The spot that a standing counts in; ``evac.standing.spot`` in SQL."""
    seated = f"{row}.stay IS NOT NULL AND {row}.state IN ({_SEATED})"
    kept = {name: f"{row}.{name}" for name in _SPOT.split(", ")}
    kept["place"] = f"CASE WHEN {seated} THEN {row}.place ELSE '' END"
    return ", ".join(f"{value} AS {prefix}{name}" if prefix else value for name, value in kept.items())


_EVENT: Final = ", ".join(EVENT_COLUMNS)


def _given(values: Iterable[str]) -> str:
    """Calls ``FUNCTION`` with a whole row of the table ``event`` of the values of ``EVENT_COLUMNS``, and NULL for what the database fills in."""
    given = dict(zip(EVENT_COLUMNS, values, strict=True))
    return f"check_in(ROW({', '.join(given.get(name, 'NULL') for name in (*columns(EVENT), 'xid'))})::event"


_STRANGER: Final = (
    "(code, state, county, category, at_door, due, place, verified, round, notified, idle, moves, device, counter, event_id, "
    "plain, last)"
)
_BLANK: Final = f"{rows.STATE_NUMBERS[State.REGISTERED]}, '', '', 0, 0, '', 0, 0, 0, 0, 0, '', 0, '', 1, 0"
FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION check_in(given event, receipt bigint) RETURNS smallint LANGUAGE plpgsql AS $$
DECLARE e event := given; s standing; u standing; next smallint; p boolean; steps boolean; enters boolean;
BEGIN
  SELECT * INTO s FROM standing o WHERE o.code = e.code FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO standing {_STRANGER} VALUES (e.code, {_BLANK}) ON CONFLICT (code) DO NOTHING;
    SELECT * INTO s FROM standing o WHERE o.code = e.code FOR UPDATE;
  END IF;
  INSERT INTO event ({_EVENT}, received_at, previous)
    VALUES ({", ".join(f"e.{name}" for name in EVENT_COLUMNS)}, receipt, nullif(s.last, 0))
    ON CONFLICT (event_id) DO NOTHING RETURNING sequence INTO e.sequence;
  IF NOT FOUND THEN RETURN 0; END IF;
  next := {_next()};
  p := {_PLAIN};
  steps := {_STEPS};
  enters := {_ENTERS};
  UPDATE standing o SET last = e.sequence, {_STEP}
    WHERE o.code = e.code RETURNING o.* INTO u;
  IF s.event_id = '' THEN
    IF u.event_id <> '' THEN INSERT INTO change VALUES ({_spot("u")}, 1); END IF;
  ELSIF ({_spot("s")}) IS DISTINCT FROM ({_spot("u")}) THEN
    INSERT INTO change VALUES ({_spot("s")}, -1), ({_spot("u")}, 1);
  END IF;
  RETURN 1 + u.refold::int;
END $$;
"""
"""A stranger gets a standing without an event, which counts nowhere yet: something to lock and to step from."""
FROM_ELSEWHERE: Final = "SELECT (SELECT xid FROM event ORDER BY sequence DESC LIMIT 1) >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
"""True where the newest event was written by a transaction that this server has not had yet: restored into another one."""
SETTLE: Final = "UPDATE event SET xid = 0 WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
"""All restored events are older than whatever this server writes."""
MANY_CHANGES: Final = "SELECT count(*) > 20000 FROM (SELECT 1 FROM change LIMIT 20001) c"
MARK: Final = "UPDATE standing SET refold = true WHERE code = %s"
SETTING_UP: Final = 0x65766163  # "evac": the advisory lock of who sets up, migrates or seals
IN_USE: Final = 0x65766166  # held together by all who may write, and by nobody else while it is migrated
_NUMBERED: Final = [f"${n}::{kind}" for n, kind in enumerate(EVENT_TYPES, 1)]
CHECK_IN: Final = f"SELECT {_given(_NUMBERED)}, ${len(EVENT_TYPES) + 1}::int8)"
"""One check-in in one statement: 0 for a repeat, 1, or 2 where the person must be folded anew. Of ``EVENT_TYPES`` and the receipt."""

STAGE: Final = f"""
CREATE TEMP TABLE stage ON COMMIT DELETE ROWS AS SELECT {_EVENT}, 0 AS place_in_batch, false AS again FROM event WITH NO DATA;
CREATE TEMP TABLE known (code bytea, last bigint) ON COMMIT DELETE ROWS;
SET enable_memoize = off;
"""
"""Each person of a batch is looked up once, which the planner does not know: it would remember all of them, and never ask again."""
COPY: Final = f"COPY stage ({_EVENT}, place_in_batch, again) FROM STDIN (FORMAT BINARY)"
COPY_TYPES: Final = (*EVENT_TYPES, "int4", "bool")
"""``again``: of somebody who has an event earlier in the batch."""
KNOWN: Final = f"""
WITH k AS (
  INSERT INTO known SELECT code, last FROM (SELECT code FROM stage WHERE NOT again ORDER BY code) g LEFT JOIN standing USING (code)
  RETURNING code, last)
INSERT INTO standing {_STRANGER} SELECT code, {_BLANK} FROM k WHERE last IS NULL ORDER BY code ON CONFLICT (code) DO NOTHING
"""
"""Looks up the newest event of each person of a batch, without a lock, and gives strangers their standing."""
_FEW: Final = "nullif(e.kind, e.kind) IS NULL"
"""Always true, and one in two hundred to the planner: it takes the events of a batch for many times as many, since it knows nothing of the
tables they were joined from, and would read everybody's standing for twenty thousand of them."""
_LOCKED: Final = f"""
e AS MATERIALIZED (
  SELECT e.*, nullif(s.last, 0) AS last, s.event_id <> '' AS was_counted, {_spot("s", "before_")},
    next, p, {_STEPS} AS steps, {_ENTERS} AS enters
  FROM i e JOIN standing s USING (code) CROSS JOIN LATERAL (SELECT {_next()} AS next, {_PLAIN} AS p) q
  WHERE {_FEW} ORDER BY code FOR UPDATE OF s),
u AS (
  UPDATE standing s SET last = e.sequence, {_STEP} FROM e WHERE s.code = e.code
  RETURNING s.code, e.sequence, e.previous, e.last, e.was_counted, {", ".join(f"before_{name}" for name in _SPOT.split(", "))},
    s.event_id <> '' AS counted, {_spot("s", "after_")}, s.refold)"""
"""Takes a batch's events into the standings: locks them first, to see how they were before."""
_RETURNED: Final = f"""
u AS (
  UPDATE standing s SET last = e.sequence, ({", ".join(_steps())}) = (
    SELECT {", ".join(_steps().values())} FROM (SELECT *, {_STEPS} AS steps, {_ENTERS} AS enters FROM (
      SELECT {_next()} AS next, {_PLAIN} AS p OFFSET 0) q OFFSET 0) q)
  FROM (SELECT * FROM i e WHERE {_FEW} ORDER BY code OFFSET 0) e WHERE s.code = e.code
  RETURNING WITH (OLD AS o, NEW AS w) w.code, e.sequence, e.previous, nullif(o.last, 0) AS last,
    o.event_id <> '' AS was_counted, {_spot("o", "before_")}, w.event_id <> '' AS counted, {_spot("w", "after_")}, w.refold)"""
"""The same in one pass, a tenth of a batch's processor time less: a server of 18 tells how a row was before it was updated. ``OFFSET 0``
keeps the planner from writing out ``next`` wherever it is used. Its people are locked in the order in which the plan comes to them."""


def _store(taken: str) -> str:
    return f"""
WITH i AS (
  INSERT INTO event ({_EVENT}, received_at, previous)
  SELECT {_EVENT}, %s, nullif(last, 0) FROM stage JOIN known USING (code) WHERE NOT again
  ORDER BY place_in_batch ON CONFLICT (event_id) DO NOTHING
  RETURNING sequence, event_id, code, kind, place, device, counter, trusted_at, extra, previous),{taken},
t AS (INSERT INTO trail SELECT sequence, last FROM u WHERE last <> coalesce(previous, 0)),
c AS (
  INSERT INTO change SELECT {_SPOT}, sum(n) FROM (
    SELECT {", ".join(f"before_{name} AS {name}" for name in _SPOT.split(", "))}, -1 AS n FROM u WHERE was_counted
    UNION ALL SELECT {", ".join(f"after_{name}" for name in _SPOT.split(", "))}, 1 FROM u WHERE counted) d
  GROUP BY {_SPOT} HAVING sum(n) <> 0)
SELECT event_id, NULL FROM stage WHERE NOT again AND NOT EXISTS (SELECT 1 FROM i WHERE i.event_id = stage.event_id)
UNION ALL SELECT NULL, code FROM u WHERE refold
"""


STORE: Final = _store(_LOCKED)
"""Stores everybody's first event of a batch where it is new, then takes everybody's event into the standing, its people in one order, so that two gateways that
carry the same ones do not wait for each other (where they do, one gives way and tries again). It is sent together with its COMMIT: no lock is held while the client thinks.
``event.previous`` is what ``KNOWN`` saw; who was moved between that and the lock has the right one in ``trail``. Locking first would need none of
it, but then eight connections wait longer for each other.

Answers with the ids that were there before, and the codes to fold anew: after a late event.
"""
STORE_18: Final = _store(_RETURNED)
"""The same for a server of 18 or newer, after ``BEGIN``, where ``MANY_PEOPLE``: one by one by the index is then the only plan that is not far
dearer than another, and goes by code as ``STORE`` does. Of few people it would take them as they lie, and gateways that carry the same ones
would lock each other out."""
STORE_AGAIN: Final = f"""
SELECT event_id, code, {_given(EVENT_COLUMNS)}, %s) FROM (SELECT * FROM stage WHERE again ORDER BY place_in_batch OFFSET 0) s
"""
"""Further events of somebody in the same batch, one after the other after ``STORE``: each with its id and code, and what ``CHECK_IN`` answers."""
BEGIN: Final = "BEGIN; SET LOCAL enable_seqscan = off"
MANY_PEOPLE: Final = "SELECT reltuples >= 100000 FROM pg_class WHERE oid = 'standing'::regclass"
"""As the server's last look at the table has it; -1 before the first."""
COUNT: Final = f"""
INSERT INTO change SELECT {_spot("s")}, %(sign)s * count(*) FROM standing s
WHERE s.code = ANY(%(codes)s) AND s.event_id <> '' GROUP BY 1, 2, 3, 4, 5, 6
"""
"""Take some people from the counts, or put them back."""

KIN: Final = """
WITH RECURSIVE kin(code) AS (SELECT unnest(%s::bytea[]) UNION SELECT other FROM kin JOIN alias USING (code))
SELECT code FROM kin
"""
"""Some codes, and all that were ever merged with one of them."""
LOCK: Final = f"SELECT code FROM standing WHERE code = ANY(ARRAY({KIN})) ORDER BY code FOR UPDATE"
"""Nobody else moves these people or their kin until the transaction ends."""
PATH: Final = f"""
WITH RECURSIVE path AS (
  SELECT last AS at FROM standing WHERE code = ANY(%s)
  UNION ALL SELECT coalesce(t.previous, e.previous) FROM path p JOIN event e ON e.sequence = p.at
    LEFT JOIN trail t ON t.sequence = p.at WHERE coalesce(t.previous, e.previous) IS NOT NULL)
SELECT {_EVENT} FROM path JOIN event ON sequence = at
"""
"""All events of some people, by the path that leads from each to the one before."""
PATH_OF_KIN: Final = PATH.replace("%s", f"ARRAY({KIN})")
MACHINE: Final = hashlib.blake2b((FUNCTION + PATH).encode(), digest_size=8).hexdigest()
"""Which state machine the database steps by, and how paths are read; a program of another one must not write."""
SAY_MACHINE: Final = (
    "INSERT INTO label VALUES ('machine', %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
SUM_UP: Final = f"""
WITH d AS (DELETE FROM change RETURNING *)
INSERT INTO change SELECT {_SPOT}, sum(n) FROM d GROUP BY {_SPOT} HAVING sum(n) <> 0
"""
"""Rows that others add meanwhile are not touched."""
STRANGER: Final = f"INSERT INTO standing {_STRANGER} VALUES (%s, {_BLANK}) ON CONFLICT (code) DO NOTHING"
STORE_ASIDE: Final = (
    f"INSERT INTO event ({_EVENT}, received_at) VALUES ({', '.join(['%s'] * (len(EVENT_COLUMNS) + 1))}) "
    "ON CONFLICT (event_id) DO NOTHING"
)
ASIDE: Final = (
    f"SELECT sequence, {_EVENT} FROM event WHERE kind >= {rows.FIRST_ASIDE} AND kind = ANY(%s) AND sequence > %s "
    "ORDER BY sequence"
)
ASIDE_OF: Final = ASIDE.replace(" ORDER BY", " AND code = ANY(%s) ORDER BY")
