"""A scenario: what to run, as values. ``riskmap.io.scenario_file`` reads it from TOML and checks it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from riskmap.scenario.ground import FlashFloodSection as FlashFloodSection
from riskmap.scenario.ground import InundationSection as InundationSection
from riskmap.scenario.ground import SurgeSection as SurgeSection
from riskmap.scenario.ground import TerrainSection as TerrainSection
from riskmap.scenario.ground import TideSection as TideSection
from riskmap.scenario.page import MapLayerSection as MapLayerSection
from riskmap.scenario.page import MapSection as MapSection
from riskmap.scenario.registers import AssetsSection as AssetsSection
from riskmap.scenario.registers import GaugesSection as GaugesSection
from riskmap.scenario.registers import ProductsSection as ProductsSection
from riskmap.scenario.registers import RegionFileSection as RegionFileSection
from riskmap.scenario.registers import RegionsSection as RegionsSection
from riskmap.scenario.registers import RiskSection as RiskSection
from riskmap.scenario.registers import RulesSection as RulesSection
from riskmap.scenario.storm import EnsembleSection as EnsembleSection
from riskmap.scenario.storm import EventSection as EventSection
from riskmap.scenario.storm import GridSection as GridSection
from riskmap.scenario.storm import RainSection as RainSection
from riskmap.scenario.storm import RunSection as RunSection
from riskmap.scenario.storm import TrackSection as TrackSection
from riskmap.scenario.storm import WindSection as WindSection
from riskmap.scenario.strict import STRICT


@dataclass(frozen=True)
class Scenario:
    """Everything that one run depends on.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from pathlib import Path
    >>> Scenario(
    ...     EventSection("2106", "In-Fa", "烟花"), RunSection(datetime(2021, 7, 24, 4, 30, tzinfo=UTC)),
    ...     GridSection(117.5, 27, 123.5, 31.5), TrackSection(Path("t.txt"), "jma", "2106"),
    ...     RegionsSection(Path("r.geojson"))).run.hours
    48
    """

    __pydantic_config__: ClassVar = STRICT
    event: EventSection
    run: RunSection
    grid: GridSection
    track: TrackSection
    regions: RegionsSection
    wind: WindSection = field(default_factory=WindSection)
    rain: RainSection = field(default_factory=RainSection)
    ensemble: EnsembleSection = field(default_factory=EnsembleSection)
    terrain: TerrainSection = field(default_factory=TerrainSection)
    flash_flood: FlashFloodSection = field(default_factory=FlashFloodSection)
    inundation: InundationSection = field(default_factory=InundationSection)
    surge: SurgeSection = field(default_factory=SurgeSection)
    tide: TideSection | None = None
    assets: AssetsSection = field(default_factory=AssetsSection)
    gauges: GaugesSection | None = None
    risk: RiskSection = field(default_factory=RiskSection)
    rules: RulesSection = field(default_factory=RulesSection)
    products: ProductsSection = field(default_factory=ProductsSection)
    map: MapSection = field(default_factory=MapSection)
