"""The error tree: what a message says, and who catches what."""

from __future__ import annotations

import inspect

import pytest

from riskmap import errors
from riskmap.errors import (
    ConfigError,
    CoverageError,
    DataError,
    DatumError,
    GeometryError,
    MissingExtraError,
    RiskmapError,
    SourceError,
    TooLargeError,
    UnitsError,
)


def test_a_message_says_where_what_expected_found_and_what_to_do() -> None:
    text = str(RiskmapError("bad unit", where="a.csv", expected="m", found="ft", remedy="convert it"))
    assert text == "a.csv: bad unit; expected m; found ft. To mend it: convert it."


def test_a_message_is_one_line_and_ends_once() -> None:
    assert str(RiskmapError("it is gone.")) == "it is gone."
    assert str(RiskmapError("unknown key", remedy="did you mean 'step'?")).endswith("'step'?")
    assert str(RiskmapError("unknown key", remedy="remove it.")).endswith("remove it.")


def test_parts_can_be_read_apart() -> None:
    error = RiskmapError("x", where="w", expected="e", found="f", remedy="r")
    assert (error.message, error.where, error.expected, error.found, error.remedy) == (
        "x",
        "w",
        "e",
        "f",
        "r",
    )


@pytest.mark.parametrize(
    ("kind", "parents"),
    [
        (DataError, (RiskmapError, ValueError)), (UnitsError, (DataError,)), (CoverageError, (DataError,)),
        (GeometryError, (DataError,)), (DatumError, (DataError,)), (ConfigError, (RiskmapError, ValueError)),
        (TooLargeError, (ConfigError,)),
        (SourceError, (RiskmapError, OSError)), (MissingExtraError, (RiskmapError, ImportError)),
    ],
)  # fmt: skip
def test_the_tree_is_as_drawn(kind: type[Exception], parents: tuple[type, ...]) -> None:
    error = kind("x", where="here")  # type: ignore[call-arg]
    assert all(isinstance(error, parent) for parent in parents)
    assert str(error) == "here: x."  # SourceError must not become OSError's (errno, text)


def test_every_error_has_an_exit_code_that_is_not_success() -> None:
    found = [e for _, e in inspect.getmembers(errors, inspect.isclass) if issubclass(e, RiskmapError)]
    assert len(found) == 12
    assert all(0 < e.exit_code < 128 for e in found)
    assert SourceError.exit_code != ConfigError.exit_code
