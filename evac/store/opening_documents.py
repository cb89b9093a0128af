"""The log of documents and what lies beside it, by one word: the path of a file, or the address of a database."""

from __future__ import annotations

from pathlib import Path

from evac.orders.desk import DocumentLog
from evac.orders.due import DueTable
from evac.orders.offices import Ladder, read_offices
from evac.orders.rules import LoopRules, bundled_rules, parse_rules
from evac.store.due_tables import SUFFIX, PostgresDueTable, SQLiteDueTable
from evac.store.opening import is_address
from evac.store.sqlite_documents import SQLiteDocumentLog
from riskmap.errors import SourceError
from riskmap.io.toml_file import read_text


def open_document_log(where: str | Path, *, new: bool = True) -> DocumentLog:
    """The log that a word names.

    Parameters
    ----------
    where : str or Path
        A path, or a connection string of libpq.
    new : bool
        Whether a file is made that is not there.

    Raises
    ------
    SourceError
        It cannot be opened, or is not there and shall not be made.
    """
    if is_address(str(where)):
        from evac.store.postgres_documents import PostgresDocumentLog

        return PostgresDocumentLog(str(where))
    path = Path(where)
    if not new and not path.is_file():
        raise SourceError(
            "no document was signed here", where=str(path), expected="the log that `evac sign` writes",
            remedy="name it: --store",
        )  # fmt: skip
    return SQLiteDocumentLog(path)


def open_due(where: str | Path) -> DueTable:
    """The table of what is due beside a log: the file of the same name with ``.due`` after it, or tables of the database.

    Raises
    ------
    SourceError
        It cannot be opened.
    """
    if is_address(str(where)):
        return PostgresDueTable(str(where))
    path = Path(where)
    return SQLiteDueTable(path.with_name(path.name + SUFFIX))


def ladder_of(path: Path | None) -> Ladder:
    """The offices of a CSV file; nobody where none is named.

    Raises
    ------
    SourceError, DataError
        It cannot be read, or does not lead up.
    """
    return read_offices(read_text(path), where=str(path)) if path else Ladder()


def rules_of(path: Path | None) -> LoopRules:
    """The rules of a TOML file; the bundled ones where none is named.

    Raises
    ------
    SourceError, ConfigError
        It cannot be read, or is wrong.
    """
    return parse_rules(read_text(path), where=str(path)) if path else bundled_rules()
