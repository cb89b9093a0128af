"""Every ``run.json`` that a test here makes is held to its published schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator


@pytest.fixture(scope="session")
def run_schema() -> Draft202012Validator:
    """Validator of ``run.json``."""
    text = files("riskmap.products").joinpath("schemas/run.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(scope="session", autouse=True)
def _records_keep_to_the_schema(run_schema: Draft202012Validator) -> Iterator[None]:
    import riskmap.cycle as cycle

    make = cycle.run_record

    def checked(*arguments: Any) -> dict[str, Any]:
        record = make(*arguments)
        run_schema.validate(json.loads(json.dumps(record)))
        return record

    cycle.run_record = checked
    yield
    cycle.run_record = make
