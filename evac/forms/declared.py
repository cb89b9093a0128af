"""The declared forms: title, level, rows, and columns that name figures; read from ``declared/*.toml`` and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from evac.forms.figures import DERIVED, HOUSES, LINE_FIGURES
from evac.forms.look import Names
from evac.forms.people_rows import PEOPLE_KINDS
from evac.forms.place_rows import PLACE_KINDS
from evac.forms.return_rows import RETURN_PEOPLE, RETURN_PLACES
from riskmap.errors import ConfigError

ENTRY_KINDS: Final = MappingProxyType({**PEOPLE_KINDS, **RETURN_PEOPLE, **PLACE_KINDS, **RETURN_PLACES})
"""Kinds of rows about one thing."""
LINE_KINDS: Final = ("cities", "counties", "towns", "villages", "categories", "vulnerable", "stays")
"""Kinds of rows that are counts of a group."""
LEVELS: Final = MappingProxyType(
    {"shelter": "安置点", "village": "村级", "town": "乡级", "county": "县级", "province": "省级"}
)
"""Level of a form -> its word."""
_PER: Final = ("", "shelter", "draw_place", "shelter_region", "village", "town", "county")


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    figure : str
        What stands in it.
    group : str
        Head over several columns; empty for none.
    width : float
        Characters.
    status : str
        S: on a published form; D: own proposal.
    """

    title: str
    figure: str
    width: float
    status: str
    group: str = ""


@dataclass(frozen=True)
class Form:
    """One form.

    Attributes
    ----------
    form_id : str
        Its name on the command line and of its files.
    per : str
        One sheet for each of these; empty for one sheet.
    rows, groups : str
        Kind of rows; kind of lines that stand over them.
    names : Names
        The most that any reader sees of people on it.
    total : tuple of str
        Figures that are summed in the last row; all where it holds ``*``.
    agrees : tuple of str
        Figures of the head-count whose sum the people on the list must be.
    sign, notes : tuple of str
        Sign-off lines, remarks under the table.
    source, status : str
        Published forms that the columns of status S follow; S where there is any.
    """

    form_id: str
    title: str
    level: str
    per: str
    rows: str
    groups: str
    names: Names
    landscape: bool
    total: tuple[str, ...]
    agrees: tuple[str, ...]
    sign: tuple[str, ...]
    notes: tuple[str, ...]
    source: str
    status: str
    columns: tuple[Column, ...]

    @property
    def lists_people(self) -> bool:
        """Whether rows are about one person or house."""
        return self.rows in PEOPLE_KINDS or self.rows in RETURN_PEOPLE

    @property
    def counts(self) -> bool:
        """Whether rows are counts of groups."""
        return self.rows in LINE_KINDS

    def sums(self, figure: str) -> bool:
        """Whether a figure is summed in the last row."""
        return figure in self.total or ("*" in self.total and figure not in DERIVED)


@cache
def declared_forms() -> Mapping[str, Form]:
    """Every declared form, by id, from the shelter up to the province.

    Raises
    ------
    ConfigError
        A declaration is wrong; names file, form and key.

    Examples
    --------
    >>> declared_forms()["county-categories"].title
    '县(市、区)人员转移情况分类统计表'
    """
    found: dict[str, Form] = {}
    for level in LEVELS:
        path = files("evac") / "forms" / "declared" / f"{level}.toml"
        for made in read_forms(path.read_text(encoding="utf-8"), where=f"{level}.toml"):
            if made.form_id in found:
                raise _wrong(f"{level}.toml", made.form_id, "an id of its own", "an id that another form has")
            found[made.form_id] = made
    return MappingProxyType(found)


def read_forms(text: str, *, where: str) -> list[Form]:
    """The forms of one file of declarations.

    Raises
    ------
    ConfigError
        Not TOML, or a form names rows, figures, levels or keys that there are not.
    """
    try:
        tables = tomllib.loads(text)["form"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise _wrong(where, "file", "[[form]] tables", str(error)) from error
    return [_form(table, where) for table in tables]


def _form(table: Mapping[str, Any], where: str) -> Form:
    given = dict(table)
    name = str(given.get("id", "a form without id"))
    try:
        total = given.pop("total", [])
        made = Form(
            form_id=given.pop("id"),
            title=given.pop("title"),
            level=given.pop("level"),
            per=given.pop("per", ""),
            rows=given.pop("rows"),
            groups=given.pop("groups", ""),
            names=Names[given.pop("names", "none").upper()],
            landscape=given.pop("orientation") == "landscape",
            total=("*",) if total is True else tuple(total),
            agrees=tuple(filter(None, given.pop("agrees", "").split("+"))),
            sign=tuple(given.pop("sign")),
            notes=tuple(given.pop("notes", [])),
            source=given.pop("source"),
            status=given.pop("status"),
            columns=tuple(Column(**column) for column in given.pop("columns")),
        )
    except (KeyError, TypeError) as error:
        raise _wrong(where, name, "the keys that evac.forms.declared.Form has", str(error)) from error
    if given:
        raise _wrong(where, name, "known keys", ", ".join(given))
    _check(made, where)
    return made


def _check(form: Form, where: str) -> None:
    if form.level not in LEVELS or form.per not in _PER:
        raise _wrong(
            where,
            form.form_id,
            f"level {', '.join(LEVELS)}; per {', '.join(_PER)}",
            f"{form.level}, {form.per}",
        )
    regions = form.rows in ("cities", "counties", "towns", "villages")
    lines = LINE_FIGURES if regions else LINE_FIGURES - HOUSES
    known = lines if form.counts else ENTRY_KINDS[form.rows].asks if form.rows in ENTRY_KINDS else ()
    lacking = [column.figure for column in form.columns if column.figure not in known]
    lacking += [name for name in form.total if name != "*" and name not in known]
    lacking += [column.title for column in form.columns if column.status not in ("S", "D")]
    if lacking:
        raise _wrong(where, form.form_id, f"figures of the rows `{form.rows}`", ", ".join(lacking))


def _wrong(where: str, form: str, expected: str, found: str) -> ConfigError:
    return ConfigError(
        "a form is declared wrongly",
        where=f"{where}, {form}",
        expected=expected,
        found=found,
        remedy="mend the declaration; docs/concepts/head_count.md lists the figures",
    )
