"""An office whose log is a PostgreSQL database, from the command line."""

from __future__ import annotations

import psycopg
import pytest

from evac import cli
from evac.store.postgres_documents import PostgresDocumentLog
from tests.evac.orders.office import COUNTY, issued

NUMBER = "演练防指办函〔2021〕1号"


def evac(*arguments: str) -> int:
    try:
        cli.main(list(arguments))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_an_office_on_a_database(own_database: str, capsys: pytest.CaptureFixture[str]) -> None:
    with psycopg.connect(own_database, autocommit=True) as admin:
        admin.execute("DROP TABLE IF EXISTS document_record, document_once, due, beat")
    log = PostgresDocumentLog(own_database)
    issued(log)
    log.close()
    store = ("--store", own_database)
    assert evac("orders", "due", *store) == 7
    assert "2 项 due" in capsys.readouterr().out
    assert evac("worker", *store, "--once") == 0
    assert capsys.readouterr().out.count("未按时应答") == 2
    given = ("--receiver", COUNTY, "--person", "李四", "--by", "值班员")
    assert evac("orders", "received", NUMBER, *store, *given) == 0
    assert "已叫应" in capsys.readouterr().out
    assert evac("orders", "due", *store) == 0
    assert evac("documents", NUMBER, "--from", ".", *store) == 0
    assert "chain verified" in capsys.readouterr().out
