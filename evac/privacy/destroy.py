"""The end of an event's personal data: statistics first, then the keys, then the rows, and a certificate last.

Each step is on the disk before the next begins, and each may be done again: a crash anywhere is mended by running the same
command, and there is never a certificate of what was not done.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evac.access import Access, AccessLog, Act
from evac.errors import AlteredLogError, ConflictError
from evac.events import instant_of, microseconds
from evac.log import Head
from evac.privacy.certificate import (
    Certificate,
    digest_of_text,
    print_certificate,
    read_certificate,
    sign_certificate,
)
from evac.privacy.hold import require_no_hold
from evac.privacy.keys_to_go import gone, keys_to_go
from evac.privacy.statistics import as_csv, final_counts
from evac.store.purge import Rows, head_as_it_is, purge, rows_of
from evac.store.shredding import event_of_key, forget_key
from evac.store.sqlite import SQLiteStore
from evac.sync.node import EVENT
from evac.tokens import TokenStore
from evac.witness import audit
from riskmap.errors import DataError, MissingExtraError
from riskmap.io.publish import publishing

if TYPE_CHECKING:
    from evac.store.postgres import PostgresStore

Store: TypeAlias = "SQLiteStore | PostgresStore"
CERTIFICATE: Final = "certificate.json"
_BEGUN: Final = "destroying"
_DONE: Final = "destroyed"
_DONE_STATISTICS: Final = "destroyed_statistics"
_NOTHING: Final = Rows(0, 0, 0)


@dataclass(frozen=True)
class Destruction:
    """What is to be destroyed, and on whose word.

    Attributes
    ----------
    event, node : str
        The emergency, and whose registry of it.
    by, why : str
        Who orders it, and on what ground (响应结束, 法定期限届满).
    key_files : tuple of Path
        Every file on this machine that holds the event's key.
    witness : tuple of Head
        Heads of this log that were written down elsewhere.
    notes : tuple of str
        The same, by hand; see ``evac.witness.written``.
    altered : bool
        Also where the log was altered; the certificate says from which entry on.
    """

    event: str
    node: str
    by: str
    why: str
    key_files: tuple[Path, ...] = ()
    witness: tuple[Head, ...] = ()
    notes: tuple[str, ...] = ()
    altered: bool = False


def _silent(step: str) -> None:
    del step


def destroy_event(
    open_store: Callable[[], Store],
    order: Destruction,
    *,
    key: Ed25519PrivateKey,
    out: Path,
    now: Callable[[], datetime],
    log: AccessLog | None = None,
    tokens: TokenStore | None = None,
    tell: Callable[[str], None] = _silent,
) -> Certificate:
    """Destroy what a registry holds of an event's people; run it again after a crash and it finishes.

    Parameters
    ----------
    open_store : callable
        Opens the registry, without the event's key; nobody else has it open.
    order : Destruction
        What, and on whose word.
    key : Ed25519PrivateKey
        The node's own, which signs the certificate and is kept.
    out : Path
        Folder to be made: certificate.json, certificate.pdf, statistics.csv.
    now : callable
        The clock.
    log : AccessLog, optional
        Takes a line about the destruction.
    tokens : TokenStore, optional
        All are revoked: no phone gets a roster any more, and what it holds expires.
    tell : callable
        Hears the name of each step when it is done.

    Raises
    ------
    ConflictError
        A legal hold lasts, another event, events came in meanwhile, or the key of the names is not among those named: nothing was
        destroyed.
    AlteredLogError
        The log was altered, and the order does not say that it is to be destroyed all the same.
    DataError
        There is nothing to destroy, no word on whose, or a key file is named that is not there.
    SourceError
        A file could not be written; run it again.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC
    >>> from evac import Clerk, SQLiteStore
    >>> from evac.events import Notified
    >>> at, key = datetime(2021, 8, 24, 4, 30, tzinfo=UTC), Ed25519PrivateKey.from_private_bytes(bytes(32))
    >>> order = Destruction("2106", "330902-S1", by="张三", why="响应结束")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "county.sqlite"
    ...     with closing(SQLiteStore(path)) as store:
    ...         store.put_labels({"event": "2106"})
    ...         stored = store.append([Clerk("李四", "S1", "D1", at).write(Notified, "7" + "C" * 25)], received_at=at)
    ...     done = destroy_event(lambda: SQLiteStore(path), order, key=key, out=Path(folder) / "out", now=lambda: at)
    ...     sorted(path.name for path in (Path(folder) / "out").iterdir())
    ['certificate.json', 'certificate.pdf', 'statistics.csv']
    >>> done.events, done.by, done.why
    (1, '张三', '响应结束')
    """
    for path in order.key_files:
        require_event(event_of_key(path), order.event, where=str(path))
    done = _finished(open_store, key)
    if done is not None:
        require_event(done[0].event, order.event, where="certificate")
    else:
        begun = _begin(open_store, order, now())
        tell("statistics")
        _purge(open_store, order, begun, now, tokens, tell)
        tell("purged")
        if log is not None:
            log.append([_line(order, begun, now())])
        done = _certify(open_store, order, begun, key, now())
        tell("certified")
    certificate, text, statistics = done
    if not (out / CERTIFICATE).is_file():
        with publishing(out, replace=False, mark=CERTIFICATE) as staging:
            staging.write("statistics.csv", statistics)
            staging.write(CERTIFICATE, text)
            try:
                staging.write("certificate.pdf", print_certificate(certificate, key))
            except MissingExtraError:  # a server without the typesetter still has its certificate
                tell("no PDF: the extra `letters` is not installed")
    tell("written")
    return certificate


def _purge(
    open_store: Callable[[], Store],
    order: Destruction,
    begun: dict[str, Any],
    now: Callable[[], datetime],
    tokens: TokenStore | None,
    tell: Callable[[str], None],
) -> None:
    """Keys and rows, in the span of one lock: neither goes before all was checked that forbids it."""

    def allow(labels: Mapping[str, str]) -> None:
        require_no_hold(labels, now=now())
        require_event(labels.get(EVENT, ""), order.event, where="registry")

    def forget() -> None:
        if tokens is not None:
            for token in tokens.tokens():
                tokens.revoke(token.token_id, at=now())
        for path in order.key_files:
            forget_key(path)
        tell("keys")

    counted = Rows(*begun["rows"]) if _altered_from(begun) else None
    purge(open_store(), head=_head(begun), allow=allow, first=forget, altered=counted)


def require_event(found: str, wanted: str, *, where: str) -> None:
    """Refuse a registry or a key of another event; what names none is nobody else's.

    Raises
    ------
    ConflictError
        It is another's.
    """
    if found not in ("", wanted):
        raise ConflictError(
            "this belongs to another event, and nothing was destroyed", where=where, expected=wanted, found=found,
            remedy="name the event of this registry and key, or the right registry and key",
        )  # fmt: skip


def _finished(open_store: Callable[[], Store], key: Ed25519PrivateKey) -> tuple[Certificate, str, str] | None:
    """Certificate, its text and the statistics of what was destroyed before."""
    with closing(open_store()) as store:
        labels = store.labels()
    if not labels.get(_DONE):
        return None
    return read_certificate(labels[_DONE], key.public_key()), labels[_DONE], labels[_DONE_STATISTICS]


def _begin(open_store: Callable[[], Store], order: Destruction, at: datetime) -> dict[str, Any]:
    """What was written down before anything goes: head, counts, statistics; taken anew while the rows are there."""
    if not order.by.strip() or not order.why.strip():
        raise DataError(
            "nobody orders it",
            where="destruction",
            expected="a name and a ground",
            remedy="give --by and --why",
        )
    with closing(open_store()) as store:
        labels = store.labels()
        require_no_hold(labels, now=at)
        require_event(labels.get(EVENT, ""), order.event, where="registry")
        begun: dict[str, Any] = json.loads(labels.get(_BEGUN) or "null") or {}
        there = rows_of(store)
        keys = keys_to_go(
            store, order.key_files, beside=store.path.parent if isinstance(store, SQLiteStore) else None,
            before=begun.get("keys", [str(path.resolve()) for path in order.key_files] if begun else None),
        )  # fmt: skip
        if there == _NOTHING:
            if not begun:
                raise DataError(
                    "there is nothing to destroy", where="registry", expected="people or events", found="none",
                    remedy="check the path; a registry that was destroyed has a certificate",
                )  # fmt: skip
            return begun | {"keys": keys}
        head, altered_from = _audited(store, order)
        begun = {
            "at": microseconds(at), "sequence": head.sequence, "link": head.link.hex(), "rows": list(there),
            "statistics": as_csv(final_counts(store.cells())), "exercise": labels.get("label") == "SYNTHETIC",
            "altered_from": altered_from, "keys": keys,
        }  # fmt: skip
        store.put_labels({_BEGUN: json.dumps(begun, ensure_ascii=False)})
        return begun


def _audited(store: Store, order: Destruction) -> tuple[Head, int]:
    """The end of the log, and its first entry that is not as it was; 0 for none."""
    try:
        return audit(store, order.witness, notes=order.notes), 0
    except AlteredLogError as error:
        if order.altered:
            return head_as_it_is(store), error.sequence
        raise AlteredLogError(
            error.sequence, message="the log was altered, and nothing was destroyed",
            remedy="restore the last backup whose head was witnessed, or keep it as evidence (evac hold place), or have it destroyed as "
            "it is: --altered, which the certificate says",
        ) from error  # fmt: skip


def _altered_from(begun: Mapping[str, Any]) -> int:
    return int(begun.get("altered_from", 0))


def _head(begun: dict[str, Any]) -> Head:
    return Head(begun["sequence"], bytes.fromhex(begun["link"]))


def _line(order: Destruction, begun: dict[str, Any], at: datetime) -> Access:
    altered = f" (日志自第{_altered_from(begun)}条起被改动 altered)" if _altered_from(begun) else ""
    return Access(
        at=at, who=order.by, role="destroyer", scope="", act=Act.DESTROY, what=order.event, people=begun["rows"][0],
        why=f"{order.why}{altered}",
    )  # fmt: skip


def _certify(
    open_store: Callable[[], Store],
    order: Destruction,
    begun: dict[str, Any],
    key: Ed25519PrivateKey,
    at: datetime,
) -> tuple[Certificate, str, str]:
    """Check that it is done, and only then say so."""
    head = _head(begun)
    with closing(open_store()) as store:
        left = rows_of(store)
        if left != _NOTHING:
            raise ConflictError(
                "not everything was destroyed", where="registry", expected="no row of people", found=str(left),
                remedy="stop whoever still writes to it, and run the command again",
            )  # fmt: skip
        if _altered_from(begun):
            _require_end(store, head)
        else:
            audit(store, [*order.witness, head], notes=order.notes, destroyed=True)
        certificate = Certificate(
            event=order.event, node=order.node, by=order.by, why=order.why, at=instant_of(begun["at"]), done_at=at,
            **Rows(*begun["rows"])._asdict(), head=head, keys=gone(begun["keys"]),
            statistics=digest_of_text(begun["statistics"]), exercise=begun["exercise"],
            altered_from=_altered_from(begun),
        )  # fmt: skip
        text = sign_certificate(certificate, key)
        store.put_labels({_DONE: text, _DONE_STATISTICS: begun["statistics"], _BEGUN: ""})
    return certificate, text, begun["statistics"]


def _require_end(store: Store, head: Head) -> None:
    found = head_as_it_is(store)
    if found != head:
        raise ConflictError(
            "not the log that was destroyed", where="registry", expected=f"{head.sequence} links", found=f"{found.sequence}",
            remedy="stop whoever still writes to it, and run the command again",
        )  # fmt: skip


def check_certificate(
    text: str, statistics: str, store: Store, *, public: Any, witness: Sequence[Head] = ()
) -> Certificate:
    """Hold a certificate against its signature, the statistics beside it and what is left of the registry.

    Parameters
    ----------
    text, statistics : str
        ``certificate.json`` and ``statistics.csv``.
    store : SQLiteStore or PostgresStore
        The registry, of which the links are left.
    public : Ed25519PublicKey
        The node's.
    witness : sequence of Head
        Heads that were written down elsewhere before.

    Raises
    ------
    ForgedCodeError, DataError
        See ``read_certificate``.
    ConflictError
        The statistics, the rows or the chain are not as the certificate says.
    """
    certificate = read_certificate(text, public)
    if digest_of_text(statistics) != certificate.statistics or rows_of(store) != _NOTHING:
        raise ConflictError(
            "not what the certificate says", where="certificate", expected="its statistics, and no row of people",
            found=f"{rows_of(store)}", remedy="run `evac destroy` again on this registry",
        )  # fmt: skip
    try:
        audit(store, [*witness, certificate.head], destroyed=True)
    except AlteredLogError as error:
        # what the certificate itself tells of is no news
        if not certificate.altered_from or error.sequence < certificate.altered_from:
            raise
        _require_end(store, certificate.head)
    return certificate
