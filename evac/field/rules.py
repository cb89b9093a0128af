"""The numbers of field work, from ``field.toml`` or an office's own file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from evac.plan.assumptions import Assumptions, load_assumptions
from riskmap.errors import ConfigError
from riskmap.scale import Tier

_FILE = Path(__file__).with_name("field.toml")
_MINUTES = ("arrive_minutes", "back_minutes", "word_minutes", "silent_minutes", "late_minutes")
_NEEDED = (
    *_MINUTES, "acknowledge_seconds", "room_minutes", "gust_limit", "gully_limit", "duty_hours", "water_hazards",
    "village_radius_m",
)  # fmt: skip
GREY = "grey"


@dataclass(frozen=True)
class FieldRules:
    """Numbers by name, with what each was read in.

    Examples
    --------
    >>> rules = field_rules()
    >>> rules.acknowledge.total_seconds(), rules.arrive.total_seconds(), rules.room(None).total_seconds()
    (60.0, 180.0, 600.0)
    """

    numbers: Assumptions

    @property
    def acknowledge(self) -> timedelta:
        """From the call until the worker has acknowledged."""
        return timedelta(seconds=self.numbers.share("acknowledge_seconds"))

    @property
    def arrive(self) -> timedelta:
        """From the call until the worker is on the spot."""
        return timedelta(minutes=self.numbers.share("arrive_minutes"))

    @property
    def back(self) -> timedelta:
        """From the call until the worker is counted back in."""
        return timedelta(minutes=self.numbers.share("back_minutes"))

    @property
    def word(self) -> timedelta:
        """Longest silence of a worker who is out."""
        return timedelta(minutes=self.numbers.share("word_minutes"))

    @property
    def silent(self) -> timedelta:
        """Longest silence of a village during a response."""
        return timedelta(minutes=self.numbers.share("silent_minutes"))

    @property
    def late(self) -> timedelta:
        """An observation that came in later than this after it was made is late."""
        return timedelta(minutes=self.numbers.share("late_minutes"))

    @property
    def duty(self) -> timedelta:
        """Longest turn of duty."""
        return timedelta(hours=self.numbers.share("duty_hours"))

    @property
    def gust(self) -> float:
        """Nobody is sent into gusts from this on [m s-1]."""
        return self.numbers.share("gust_limit")

    @property
    def gully(self) -> Tier:
        """Nobody is sent into a flash-flood gully from this tier on."""
        return Tier(self.numbers.whole("gully_limit"))

    @property
    def water(self) -> tuple[str, ...]:
        """Hazards that flood a village."""
        return tuple(map(str, self.numbers.listed("water_hazards")))

    @property
    def radius(self) -> float:
        """Cells so near a village's point are its own [m]."""
        return self.numbers.share("village_radius_m")

    def room(self, tier: Tier | None) -> timedelta:
        """Until the command room has taken on a task; None is grey."""
        return timedelta(minutes=self.numbers.weights("room_minutes")[tier.english if tier else GREY])


@cache
def field_rules(path: Path = _FILE) -> FieldRules:
    """Read the numbers.

    Raises
    ------
    ConfigError
        An entry lacks value, unit, source or status, is not there, or is not above 0.
    """
    numbers = load_assumptions(path)
    lacking = [name for name in _NEEDED if name not in numbers.values]
    rooms = numbers.values.get("room_minutes", {})
    words = {GREY, *(tier.english for tier in (Tier.RED, Tier.ORANGE, Tier.YELLOW, Tier.BLUE))}
    lacking += [f"room_minutes.{word}" for word in sorted(words - set(rooms))]
    if lacking:
        raise ConfigError(
            "the file of field rules is not whole", where=str(path), expected=", ".join(_NEEDED),
            found=f"no {', '.join(lacking)}", remedy="copy evac/field/field.toml and change its numbers",
        )  # fmt: skip
    plain = {name: numbers.values[name] for name in _NEEDED if name not in ("room_minutes", "water_hazards")}
    for name, value in (*plain.items(), *rooms.items()):
        if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
            raise ConfigError(
                f"{name} is not a positive number", where=str(path), expected="a number above 0", found=repr(value),
                remedy="correct it",
            )  # fmt: skip
    return FieldRules(numbers)
