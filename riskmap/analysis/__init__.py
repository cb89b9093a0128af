"""From checked inputs to a risk outlook: ``analyse`` streams hour by hour, so that memory grows with the grid only."""

from riskmap.analysis.cells import Peaks as Peaks
from riskmap.analysis.coast import first_landfall as first_landfall
from riskmap.analysis.inputs import RAIN_LEAD_HOURS as RAIN_LEAD_HOURS
from riskmap.analysis.inputs import Inputs as Inputs
from riskmap.analysis.inputs import Tides as Tides
from riskmap.analysis.outlook_of import analyse as analyse
