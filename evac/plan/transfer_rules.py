"""The numbers of a transfer plan, from ``transfer.toml``: which hazards move whom, travel, reserve, waves, stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from evac.model import Category
from evac.plan.assumptions import Assumptions, load_assumptions
from riskmap.errors import ConfigError
from riskmap.scale import HAZARD_WORDS

_FILE = Path(__file__).with_name("transfer.toml")
_NEEDED = (
    "own_hazards", "further_hazards", "reach_m", "village_radius_m", "travel_minutes", "weak_factor", "reserve_minutes",
    "wave_hours", "hold_hours", "stay_hours", "share_of_residents",
)  # fmt: skip


@dataclass(frozen=True)
class TransferRules:
    """Numbers by name, with what each was read in.

    Examples
    --------
    >>> rules = transfer_rules()
    >>> rules.own(Category.LANDSLIDE), rules.travel(Category.FISHING_CREW, weak=False)
    (('landslide',), datetime.timedelta(seconds=21600))
    """

    numbers: Assumptions

    def own(self, category: Category) -> tuple[str, ...]:
        """Hazards that are a category's own danger: without data for one of them its people are checked on the spot."""
        return tuple(self.numbers.values["own_hazards"].get(category.value, ()))

    def hazards(self, category: Category) -> tuple[str, ...]:
        """All hazards that the people of a category move for."""
        return (*self.own(category), *self.numbers.values["further_hazards"].get(category.value, ()))

    def reach(self, kind: str) -> float:
        """How far an asset of a kind reaches from its point [m]; the widest of all where the kind is not known."""
        table = self.numbers.weights("reach_m")
        return table.get(kind, max(table.values()))

    def travel(self, category: Category, *, weak: bool) -> timedelta:
        """Time on the way where no road network tells it."""
        minutes = self._of("travel_minutes", category.value)
        return timedelta(minutes=minutes * (self.numbers.share("weak_factor") if weak else 1.0))

    def reserve(self, category: Category) -> timedelta:
        """Time between arrival and onset."""
        return timedelta(minutes=self._of("reserve_minutes", category.value))

    def hold(self, hazard: str) -> timedelta:
        """Planned stay after the last severe hour."""
        return timedelta(hours=self._of("hold_hours", hazard))

    def share(self, hazard: str) -> float:
        """Share of the residents of an affected area who must move, 0 to 1: for modelled people alone."""
        return self._of("share_of_residents", hazard)

    def _of(self, name: str, key: str) -> float:
        table = self.numbers.weights(name)
        return table.get(key, table.get("default", 0.0))


@cache
def transfer_rules(path: Path = _FILE) -> TransferRules:
    """Read the numbers of a plan.

    Parameters
    ----------
    path : Path
        A bureau's own file; the bundled one if not named.

    Raises
    ------
    ConfigError
        An entry lacks value, unit, source or status, is not there, or names a category or hazard that there is not.
    """
    numbers = load_assumptions(path)
    lacking = [name for name in _NEEDED if name not in numbers.values]
    if lacking:
        raise ConfigError(
            "the file of transfer rules is not whole", where=str(path), expected=", ".join(_NEEDED),
            found=f"no {', '.join(lacking)}", remedy="copy evac/plan/transfer.toml and change its numbers",
        )  # fmt: skip
    for name in ("own_hazards", "further_hazards"):
        _require_known(numbers.values[name], path, name)
    for name in ("travel_minutes", "reserve_minutes", "hold_hours", "share_of_residents"):
        _require_positive(numbers.values[name], path, name)
    for name in ("wave_hours", "weak_factor", "stay_hours", "village_radius_m"):
        _require_positive({name: numbers.values[name], "default": 1.0}, path, name)
    return TransferRules(numbers)


def _require_known(table: Mapping[str, Any], path: Path, name: str) -> None:
    categories = {category.value for category in Category}
    if odd := [key for key in table if key not in categories]:
        raise ConfigError(
            "no such category", where=f"{path}, [{name}]", expected=", ".join(sorted(categories)), found=", ".join(odd)
        )  # fmt: skip
    if missing := sorted(categories - set(table)):
        raise ConfigError(
            "a category without its hazards", where=f"{path}, [{name}]", expected="one list a category, which may be empty",
            found=f"none for {', '.join(missing)}", remedy="nobody may be left out by a category that was forgotten",
        )  # fmt: skip
    if odd := sorted({hazard for hazards in table.values() for hazard in hazards} - set(HAZARD_WORDS)):
        raise ConfigError(
            "no such hazard",
            where=f"{path}, [{name}]",
            expected=", ".join(HAZARD_WORDS),
            found=", ".join(odd),
        )


def _require_positive(table: Mapping[str, Any], path: Path, name: str) -> None:
    bad = {key: value for key, value in table.items() if not isinstance(value, int | float) or value <= 0}
    if bad or "default" not in table:
        raise ConfigError(
            "not numbers above 0", where=f"{path}, [{name}]", expected="numbers above 0, `default` among them",
            found=", ".join(f"{key} = {value!r}" for key, value in bad.items()) or "no default",
        )  # fmt: skip
