"""The published schema of ``run.json``: real runs keep to it, and it refuses what is none."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from riskmap.cycle import run
from tests.scenarios import write_scenario


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of a run with a hindcast, without letters."""
    folder = tmp_path_factory.mktemp("schema")
    scenario = write_scenario(
        folder, hours=2, step=0.25, terrain=False, extra="\n[products]\nletters = false\n[map]\ncounty_pages = false\n"
    )  # fmt: skip
    run(scenario, folder / "out")
    return json.loads((folder / "out" / "run.json").read_text(encoding="utf-8"))


def test_a_run_with_a_hindcast_keeps_to_the_schema(
    record: dict[str, Any], run_schema: Draft202012Validator
) -> None:
    run_schema.validate(record)
    assert set(record["counts"]) == {"forecast", "hindcast"}
    assert set(record) == set(run_schema.schema["required"]), "every key is described and always there"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), 2), (("issued_at",), "2021-07-24T12:30"), (("window",), ["2021-07-24 12:30"]), (("hours",), -1), (("flash",), {}),
        (("event", "number"), ""), (("grid", "step"), 0), (("counts", "nowcast"), {"combined": {}}),
        (("counts", "forecast", "wind", "purple"), 1), (("marks", "forecast"), "回放"),
        (("inputs", 0, "sha256"), "abc"), (("problems",), [{"where": "here"}]), (("more",), 1),
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused(
    record: dict[str, Any], run_schema: Draft202012Validator, path: tuple[Any, ...], value: Any
) -> None:
    wrong = copy.deepcopy(record)
    place = wrong
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert not run_schema.is_valid(wrong)


@pytest.mark.parametrize("kind", ["event", "counts", "inputs"])
def test_what_lacks_a_part_is_refused(
    record: dict[str, Any], run_schema: Draft202012Validator, kind: str
) -> None:
    assert not run_schema.is_valid({key: value for key, value in record.items() if key != kind})
