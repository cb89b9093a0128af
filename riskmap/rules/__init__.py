"""Thresholds as values: each number carries its source and its status.

The numbers themselves stand in the TOML files of this folder, one a hazard, so that a bureau can replace
them; ``riskmap.io.rule_files`` reads them. Status: S = read in a published source, M = remembered and not
confirmed, D = our own proposal.
"""

from riskmap.rules.combination import GROUPS as GROUPS
from riskmap.rules.combination import Combination as Combination
from riskmap.rules.combination import CompoundRule as CompoundRule
from riskmap.rules.combination import EnsembleRule as EnsembleRule
from riskmap.rules.combination import HysteresisRule as HysteresisRule
from riskmap.rules.combination import PeopleRule as PeopleRule
from riskmap.rules.hazard_rule import HazardRule as HazardRule
from riskmap.rules.hazard_rule import Metric as Metric
from riskmap.rules.hazard_rule import Mode as Mode
from riskmap.rules.parse import parse_combination as parse_combination
from riskmap.rules.parse import parse_rule as parse_rule
from riskmap.rules.place import STATUSES as STATUSES
