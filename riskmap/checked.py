"""What a check found: each layer with its state and cost, and how the whole of it ends."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from riskmap.cycle import EXIT_PARTIAL
from riskmap.errors import EXIT_INTERNAL
from riskmap.io.around import Seen
from riskmap.io.catalogue import LayerSection
from riskmap.io.without import Cost, cost_of, less_sure
from riskmap.scheduled import EXIT_STALE

State = Literal["ok", "note", "stale", "missing", "wrong", "none"]
"""``note``: used, and something is said of it; ``missing``: to be delivered and not there; ``none``: not asked for."""

TOGETHER: Final = "together"
"""The row of what only shows when all layers are read at once."""


@dataclass(frozen=True)
class Layer:
    """One layer as it was found.

    Attributes
    ----------
    key : str
        Of the scenario.
    state : str
    file : str
        Path or address; empty where none is given.
    time : datetime or None
        Of its data: of the delivery, as declared, or when the file was last written.
    age_hours, max_age_hours : float or None
    seen : Seen
    said : tuple of str
        What is wrong with it and what to do, one paragraph each.
    declared : LayerSection or None
        What the catalogue says of it.
    exit_code : int
        What it alone would end the check with.
    flash : bool
        Whether the flash-flood layer would be made from it, not the full cycle.
    """

    key: str
    state: State
    file: str = ""
    time: datetime | None = None
    age_hours: float | None = None
    max_age_hours: float | None = None
    seen: Seen = field(default_factory=Seen)
    said: tuple[str, ...] = ()
    declared: LayerSection | None = None
    exit_code: int = 0
    flash: bool = False

    @property
    def cost(self) -> Cost:
        """What a run has not without it."""
        return cost_of(self.key, layer=self.flash)

    @property
    def less_sure(self) -> tuple[str, ...]:
        """Hazards that keep their colour without it, and are less to be relied on."""
        return less_sure(self.key, layer=self.flash)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        told = {
            "key": self.key,
            "state": self.state,
            "file": self.file,
            "time": self.time.isoformat() if self.time else None,
        }
        ages = {"age_hours": _rounded(self.age_hours), "max_age_hours": self.max_age_hours}
        seen = {"covers": self.seen.covers, "datum": self.seen.datum, "units": self.seen.units}
        owner: dict[str, Any] = {}
        if self.declared is not None:
            owner = {
                k: v
                for k, v in asdict(self.declared).items()
                if k in ("owner", "licence", "interface", "format")
            }
        without = {
            "grey": list(self.cost.grey),
            "less_sure": list(self.less_sure),
            "words": [self.cost.chinese, self.cost.english],
        }
        return {**told, **ages, **seen, **owner, "said": list(self.said), "without": without}


@dataclass(frozen=True)
class Report:
    """Every layer, and what a run would lack.

    Attributes
    ----------
    config : Path
    at : datetime
        Analysis time.
    layers : tuple of Layer
        Those that are given, in the order of the scenario, then those that are not.
    grey : dict
        Hazard -> why it would have no colour.
    exit_code : int
        2 wrong, 3 missing or unreadable, 4 stale, 5 something would be left out, 0 all well.
    not_looked_at : dict
        Section of the configuration that ``exit_code`` says nothing of -> command that looks at it.
    flash : bool
        Whether the flash-flood layer was looked at, not the full cycle.
    """

    config: Path
    at: datetime
    layers: tuple[Layer, ...]
    grey: dict[str, str]
    not_looked_at: dict[str, str] = field(default_factory=dict)
    flash: bool = False

    @property
    def exit_code(self) -> int:
        """The gravest of the layers'."""
        codes = {layer.exit_code for layer in self.layers}
        return next((code for code in (EXIT_INTERNAL, 2, 3, EXIT_STALE, EXIT_PARTIAL) if code in codes), 0)

    def as_json(self) -> dict[str, Any]:
        """Plain values; ``docs/howto/inputs.md`` describes them."""
        return {
            "config": str(self.config), "at": self.at.isoformat(), "exit_code": self.exit_code,
            "layers": [layer.as_json() for layer in self.layers], "grey": self.grey, "not_looked_at": self.not_looked_at, "flash": self.flash,
        }  # fmt: skip


def _rounded(hours: float | None) -> float | None:
    return None if hours is None else round(hours, 2)
