"""The outlook of one analysis time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from riskmap.io.inputs import EXTRAPOLATED, REPLAY
from riskmap.outlook import BEIJING, Event, Outlook, beijing
from tests.factories import make_assessment
from tests.storms import still_storm


def test_beijing_time_is_eight_hours_ahead_and_crosses_midnight() -> None:
    assert beijing(datetime(2021, 7, 24, 20, 5, tzinfo=UTC)) == "2021-07-25 04:05"
    assert BEIJING.utcoffset(None) == timedelta(hours=8)


def test_the_issue_time_is_that_of_the_assessment() -> None:
    assessment = make_assessment()
    outlook = Outlook("forecast", Event("2106", "In-Fa", "烟花"), assessment, still_storm())
    assert outlook.issued_at == assessment.issued_at


def test_an_extrapolated_forecast_is_no_exercise_unless_it_is_replayed() -> None:
    """With no agency to be reached it is what there is in a real storm: its documents must not say 不得执行."""
    live = Outlook(
        "forecast", Event("2106", "In-Fa", "烟花"), make_assessment(), still_storm(), (EXTRAPOLATED,)
    )
    assert not live.exercise
    assert replace(live, marks=(REPLAY, EXTRAPOLATED)).exercise


def test_rain_is_called_parametric_in_both_languages() -> None:
    outlook = Outlook("forecast", Event("2106", "In-Fa", "烟花"), make_assessment(), still_storm())
    chinese, english = outlook.rain_note
    assert "非实况" in chinese
    assert "not observed" in english
