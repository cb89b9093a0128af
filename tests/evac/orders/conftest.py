"""A database of its own for the logs of documents, emptied by whoever uses it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest


@pytest.fixture(scope="session")
def own_database(server: str) -> Iterator[str]:
    """Connection string of an empty database."""
    name = f"evac_orders_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name}")
    yield psycopg.conninfo.make_conninfo(server, dbname=name)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
