"""Rule files: the bundled ones, and a bureau's own in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from riskmap.errors import ConfigError, Faults, SourceError
from riskmap.io.toml_file import key_lines, read_toml
from riskmap.rules import Combination, HazardRule, Mode, parse_combination, parse_rule
from riskmap.rules.place import Place

HAZARDS = (
    "wind", "rain", "flash_flood", "landslide", "inundation", "storm_tide", "sea_wall", "waves", "reservoir", "river_stage",
)  # fmt: skip
"""Hazards whose rules are bundled, in the order of the products."""

COMBINATION = "combination"
"""Id of the file of what holds over all hazards."""


@dataclass(frozen=True, eq=False)
class RuleBook:
    """Every rule that is in force, and the file that each is from.

    Attributes
    ----------
    hazards : dict
        Hazard id -> rule.
    combination : Combination
    files : dict
        Id -> path.
    """

    hazards: dict[str, HazardRule]
    combination: Combination
    files: dict[str, Path]


def read_rules(overrides: str | Path | Sequence[str | Path] = ()) -> dict[str, HazardRule]:
    """All rules by hazard id, a user's file replacing the bundled one of the same id.

    Raises
    ------
    SourceError
        A file cannot be read.
    ConfigError
        A rule is wrong; names file, line and key. A rule without source and status does not load.

    Examples
    --------
    >>> read_rules()["wind"].metrics[0].thresholds
    (10.8, 17.2, 24.5, 32.7)
    """
    return read_rule_book(overrides).hazards


def read_rule_book(
    overrides: str | Path | Sequence[str | Path] = (), *, folder: str | Path | None = None, wind_mode: Mode | None = None
) -> RuleBook:  # fmt: skip
    """All rules, rule by rule: a user's file stands whole in the place of the bundled one of the same id.

    Parameters
    ----------
    overrides : path or paths
        TOML of the form of the bundled ``riskmap/rules``.
    folder : path, optional
        Every ``*.toml`` in it counts too.
    wind_mode : str, optional
        ``signal`` or ``intensity`` in place of what the wind's rule says.

    Raises
    ------
    SourceError
        A file cannot be read, or the folder holds none.
    ConfigError
        A rule is wrong, for a hazard that does not exist, or replaced twice; names file, line and key.

    Examples
    --------
    >>> read_rule_book().combination.ensemble.bounds
    (0.3, 0.3, 0.5, 0.5)
    """
    home = files("riskmap") / "rules"
    paths = {name: Path(str(home / f"{name}.toml")) for name in (*HAZARDS, COMBINATION)}
    own = [Path(p) for p in ([overrides] if isinstance(overrides, str | Path) else overrides)]
    own += _inside(Path(folder)) if folder is not None else []
    hazards, replaced, faults = {}, dict[str, Path](), Faults()
    for path in own:
        with faults:
            name = _replaces(path, tuple(paths), replaced)
            replaced[name] = path
    paths |= replaced
    for name in HAZARDS:
        with faults:
            hazards[name] = _read(paths[name])
            if name == "wind" and wind_mode is not None:
                hazards[name] = _in_mode(hazards[name], wind_mode, paths[name])
    with faults:
        content, text = read_toml(paths[COMBINATION])
        place = Place(str(paths[COMBINATION]), key_lines(text))
        combination = parse_combination(content, where=place, hazards=HAZARDS)
    faults.tell()
    return RuleBook(hazards, combination, paths)


def _replaces(path: Path, known: Sequence[str], replaced: Mapping[str, Path]) -> str:
    """The rule that a file stands in for."""
    content, text = read_toml(path)
    name = content.get("id")
    if not isinstance(name, str) or name not in known:
        raise ConfigError(
            "a rule for an unknown hazard", where=str(Place(str(path), key_lines(text)).key("id")),
            expected=" | ".join(known), found=repr(name), remedy="set id to the hazard that the file replaces",
        )  # fmt: skip
    if name in replaced:
        raise ConfigError(
            "two files for one rule", where=f"{path}, id {name}", expected="one file a hazard",
            found=f"also {replaced[name]}", remedy="leave one of the two out",
        )  # fmt: skip
    return name


def _inside(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if not found:
        raise SourceError(
            "a folder without rules", where=str(folder), expected="TOML files of the form of the bundled rules",
            found="no folder" if not folder.is_dir() else "no *.toml", remedy="check the path, or leave [rules] dir out",
        )  # fmt: skip
    return found


def _in_mode(rule: HazardRule, mode: Mode, path: Path) -> HazardRule:
    if mode == "signal" and not rule.lead_hours:
        raise ConfigError(
            "a signal without its lead times", where=str(path), expected="a section [lead] with hours", found="none",
            remedy="add it to the rule, or leave [rules] wind_mode out",
        )  # fmt: skip
    return replace(rule, mode=mode)


def _read(path: Path) -> HazardRule:
    content, text = read_toml(path)
    return parse_rule(content, where=Place(str(path), key_lines(text)))
