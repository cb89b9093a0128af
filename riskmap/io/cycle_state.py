"""What one cycle leaves to the next inside ``assessment.json``: tiers of the run before, and the published ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from riskmap.earlier import Earlier
from riskmap.rules import HysteresisRule
from riskmap.scale import Tier
from riskmap.standing import Confirmation, Held, Standing


def earlier_json(earlier: Earlier | None) -> dict[str, Any] | None:
    """Plain values of the tiers of the cycle before."""
    if earlier is None:
        return None
    arrays = {name: getattr(earlier, name).tolist() for name in ("combined", "tier", "worst")}
    return {"issued_at": earlier.issued_at.isoformat(), **arrays, "driver": list(earlier.driver)}


def earlier_of_json(content: Mapping[str, Any] | None, shape: tuple[int, ...]) -> Earlier | None:
    """The inverse of ``earlier_json`` for a table of (hazard, time, region).

    Raises
    ------
    KeyError, ValueError
        The content is damaged.
    """
    if content is None:
        return None
    shapes = {"combined": shape[1:], "tier": shape, "worst": (shape[0] + 1, shape[2])}
    arrays = {name: np.array(content[name], np.int8).reshape(wanted) for name, wanted in shapes.items()}
    driver = tuple(str(hazard) for hazard in content["driver"])
    return Earlier(issued_at=datetime.fromisoformat(content["issued_at"]), **arrays, driver=driver)


def confirmation_json(said: Confirmation) -> dict[str, Any]:
    """Plain values of a confirmation."""
    return {
        "event": said.event, "cycle": said.cycle.isoformat(), "region": said.region, "hazard": said.hazard,
        "from_tier": said.from_tier.english, "to_tier": said.to_tier.english, "by": said.by, "reason": said.reason,
        "at": said.at.isoformat(),
    }  # fmt: skip


def confirmation_of_json(content: Mapping[str, Any]) -> Confirmation:
    """The inverse of ``confirmation_json``.

    Raises
    ------
    KeyError, TypeError, ValueError
        The content is damaged.
    """
    return Confirmation(
        event=str(content["event"]),
        cycle=_instant(content["cycle"]),
        region=str(content["region"]),
        hazard=str(content["hazard"]),
        from_tier=Tier[str(content["from_tier"]).upper()],
        to_tier=Tier[str(content["to_tier"]).upper()],
        by=str(content["by"]),
        reason=str(content["reason"]),
        at=_instant(content["at"]),
    )


def standing_json(standing: Standing | None) -> dict[str, Any] | None:
    """Plain values of the published tiers, with those of the cycle before."""
    if standing is None:
        return None
    entries = [
        [hazard, code, h.published, h.computed, h.since.isoformat(), h.lower,
         h.lower_since.isoformat() if h.lower_since else None, h.why,
         confirmation_json(h.confirmed) if h.confirmed else None]
        for (hazard, code), h in standing.entries.items()
    ]  # fmt: skip
    return {
        "event": standing.event,
        "issued_at": standing.issued_at.isoformat(),
        "automatic": standing.automatic,
        "rule": {
            **vars(standing.rule), "confirm_from": int(standing.rule.confirm_from), "hold_tier": int(standing.rule.hold_tier),
            "hold_hours": dict(standing.rule.hold_hours),
        },
        "columns": ["hazard", "region", "published", "computed", "since", "lower", "lower_since", "why", "confirmed"],
        "entries": entries,
        "wet_until": {code: at.isoformat() for code, at in standing.wet_until.items()},
        "before": standing_json(standing.before),
    }  # fmt: skip


def standing_of_json(content: Mapping[str, Any] | None) -> Standing | None:
    """The inverse of ``standing_json``.

    Raises
    ------
    KeyError, TypeError, ValueError
        The content is damaged.
    """
    if content is None:
        return None
    entries = {}
    for hazard, code, published, computed, since, lower, lower_since, why, confirmed in content["entries"]:
        if not (-2 <= computed <= 4 and -2 <= published <= 4 and lower >= 0):
            raise ValueError(f"tiers {published}, {computed} of {hazard} in {code}")
        entries[hazard, code] = Held(
            int(published), int(computed), _instant(since), int(lower),
            None if lower_since is None else _instant(lower_since), str(why),
            None if confirmed is None else confirmation_of_json(confirmed),
        )  # fmt: skip
    rule = dict(content["rule"])
    return Standing(
        event=str(content["event"]),
        issued_at=_instant(content["issued_at"]),
        entries=entries,
        wet_until={code: _instant(at) for code, at in content["wet_until"].items()},
        before=standing_of_json(content["before"]),
        automatic=bool(content["automatic"]),
        rule=HysteresisRule(**rule | {name: Tier(rule[name]) for name in ("confirm_from", "hold_tier")}),
    )


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return found
