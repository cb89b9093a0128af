"""Reports of a registry: which forms, of which region and instant, into which folder."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evac.counts.now import counted_roll
from evac.counts.roll import Roll, read_roll
from evac.errors import ConflictError, EvacError
from evac.event_key import read_vault
from evac.events import ASIDE
from evac.forms.declared import Form, declared_forms
from evac.forms.figures import Figures
from evac.forms.fill import Filled, fill, require_forms_agree
from evac.forms.look import Names
from evac.forms.pdf import form_pdf
from evac.forms.sharing import shared
from evac.forms.sheet import Head
from evac.forms.xlsx import form_workbook
from evac.registry import EventStore
from evac.store.counting import on_list
from evac.store.opening import is_address
from riskmap.errors import ConfigError, DataError, MissingExtraError, SourceError
from riskmap.io.bundled import bundled
from riskmap.io.publish import publishing

if TYPE_CHECKING:
    from riskmap.products.typeset import FontSet

MOST_PEOPLE: Final = 300_000
"""More are counted by the database, now and without names: their events do not fit into memory."""
RECORD: Final = "report.json"
_NAMES: Final = "census/zhejiang_pop2020_on_2021_boundaries.csv"
_IN_RUN: Final = Path("cockpit") / "registry.sqlite"
_PRIVATE: Final = 0o600  # a list with people in it
_LEVELS: Final = (0, 2, 4, 6, 9, 12)
FORMATS: Final = ("xlsx", "pdf")


@dataclass(frozen=True)
class Report:
    """What was written, and which forms had to be left out and why."""

    folder: Path
    filled: tuple[Filled, ...]
    left_out: dict[str, str]
    at: datetime


@dataclass(frozen=True)
class Wanted:
    """What a report is to hold.

    Attributes
    ----------
    forms : tuple of str
        Ids of ``declared_forms``; empty for all.
    prefix : str
        Region of the registry: 2, 4, 6, 9 or 12 digits; empty for all.
    at : datetime or None
        The instant; None for now, and in a drill for its newest event.
    names : Names
        The most that the reader may see of people.
    shared : bool
        For handing on beyond the level: tables of counts alone, small counts hidden.
    formats : tuple of str
        Of ``FORMATS``.
    """

    forms: tuple[str, ...] = ()
    prefix: str = ""
    at: datetime | None = None
    names: Names = Names.FULL
    shared: bool = False
    formats: tuple[str, ...] = FORMATS


def write_report(
    store: EventStore,
    wanted: Wanted,
    out: Path,
    *,
    names: Mapping[str, str] | None = None,
    fonts: FontSet | None = None,
) -> Report:
    """Fill forms and write them into a folder, all at once; an earlier report there is replaced.

    Parameters
    ----------
    names : mapping, optional
        Administrative code -> name; see ``region_names``.
    fonts : FontSet, optional
        The office's own, for PDF.

    Raises
    ------
    ConfigError
        A form, format or region that there is not.
    ConflictError
        Two forms would say different things, or the head-count does not add up: then nothing is written.
    EvacError
        None of the forms could be filled.
    SourceError
        The registry cannot be read, or the folder not written.

    Examples
    --------
    >>> import tempfile
    >>> from evac import Clerk, MemoryStore, Registry
    >>> from evac.events import ArrivedShelter, Registered
    >>> at, store, code = datetime(2021, 7, 24, 4, 30, tzinfo=UTC), MemoryStore(), "7" + "C" * 25
    >>> clerk = Clerk("李四", "330902001001", "D1", at)
    >>> said = [clerk.write(Registered, code, county="330902"), clerk.write(ArrivedShelter, code)]
    >>> receipt = Registry(store).check_ins(said, received_at=at)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     wanted = Wanted(prefix="330902", at=at, forms=("county-by-risk", "vessels"), formats=("xlsx",))
    ...     report = write_report(store, wanted, Path(folder) / "out")
    ...     sorted(path.name for path in report.folder.iterdir())
    ['county-by-risk.xlsx', 'report.json', 'vessels.xlsx']
    """
    chosen = _chosen(wanted)
    many = sum(on_list(store, wanted.prefix).values()) > MOST_PEOPLE
    if many and wanted.at:
        raise EvacError(
            "too many people to be read as of an instant", where=wanted.prefix or "the whole registry",
            expected=f"at most {MOST_PEOPLE:,}", remedy="name a county with --prefix, or leave --at out for the tables of now",
        )  # fmt: skip
    at = wanted.at or _instant(store)
    roll = (counted_roll if many else read_roll)(store, wanted.prefix, at=at)
    filled, left_out = fill_forms(chosen, roll, names or region_names(), wanted)
    if not filled:
        raise EvacError(
            "none of the forms could be filled", where=wanted.prefix or "the whole registry",
            found="; ".join(left_out.values()), remedy="name a region of the form's level",
        )  # fmt: skip
    head = Head(at, roll.labels.get("event", ""), roll.synthetic, wanted.shared)
    with publishing(out, replace=True, mark=RECORD) as staging:
        for one in filled:
            try:
                for kind in wanted.formats:
                    data = form_workbook(one, head) if kind == "xlsx" else form_pdf(one, head, fonts=fonts)
                    path = staging.write(f"{one.form.form_id}.{kind}", data)
                    if one.form.names:
                        path.chmod(_PRIVATE)
            except MissingExtraError as error:
                left_out[f"{one.form.form_id}.{kind}"] = str(error)
        staging.write(
            RECORD, json.dumps(_record(filled, left_out, roll, wanted), ensure_ascii=False, indent=1) + "\n"
        )
    return Report(out, tuple(filled), left_out, at)


def fill_forms(
    forms: Iterable[Form], roll: Roll, names: Mapping[str, str], wanted: Wanted
) -> tuple[list[Filled], dict[str, str]]:
    """Fill forms from one reading of the log; a form that cannot be filled is named with the reason, the others come.

    Returns
    -------
    filled, left_out
        The forms, and id -> reason.

    Raises
    ------
    ConflictError
        The head-count does not add up, or two forms would say different things.
    """
    roll.count.require_sums()
    figures = Figures(roll, names)
    filled: list[Filled] = []
    left_out: dict[str, str] = {}
    for form in forms:
        try:
            filled.append(fill(form, figures, names=wanted.names))
        except ConflictError:
            raise
        except EvacError as error:
            left_out[form.form_id] = str(error)
    require_forms_agree(filled)
    if wanted.shared:
        filled, not_handed_on = shared(filled)
        left_out |= not_handed_on
    return filled, left_out


def _chosen(wanted: Wanted) -> Sequence[Form]:
    known = declared_forms()
    lacking = [name for name in wanted.forms if name not in known]
    if lacking:
        raise ConfigError(
            "no such form", where="report", expected=", ".join(known), found=", ".join(lacking),
            remedy="see `evac report LIST`",
        )  # fmt: skip
    if not set(wanted.formats) <= set(FORMATS) or not wanted.formats:
        raise ConfigError(
            "no such format", where="--format", expected=" or ".join(FORMATS), found=",".join(wanted.formats)
        )
    prefix = wanted.prefix
    if len(prefix) not in _LEVELS or (prefix and not (prefix.isascii() and prefix.isdecimal())):
        raise ConfigError(
            "not an administrative code", where="--prefix",
            expected="2 (province), 4 (city), 6 (county), 9 (town) or 12 (village) digits", found=repr(prefix),
            remedy="name the code of the region that reports",
        )  # fmt: skip
    return [known[name] for name in wanted.forms] if wanted.forms else list(known.values())


def _instant(store: EventStore) -> datetime:
    """Now; in a drill, whose clock stands still, the newest event."""
    if not store.labels().get("label"):
        return datetime.now(UTC)
    newest = [standing.key[0] for _, standing in store.everybody() if standing.key]
    newest += [event.trusted_at for _, event in store.aside(ASIDE)]
    return max(newest, default=datetime.now(UTC))


def _record(
    filled: Sequence[Filled], left_out: Mapping[str, str], roll: Roll, wanted: Wanted
) -> dict[str, Any]:
    people = {} if wanted.shared else {"people": roll.count.total()["listed"]}
    return {
        "at": roll.at.isoformat(),
        "prefix": roll.prefix,
        "label": roll.labels.get("label", ""),
        **people,
        "figures": dict(sorted(require_forms_agree(filled).items())) if filled else {},
        "forms": {
            one.form.form_id: {
                "title": one.form.title,
                "sheets": len(one.sections),
                "columns_published": [c.title for c in one.form.columns if c.status == "S"],
                "columns_own": [c.title for c in one.form.columns if c.status == "D"],
                "source": one.form.source,
            }
            for one in filled
        },
        "left_out": dict(left_out),
    }


def region_names(table: Path | None = None) -> dict[str, str]:
    """Administrative code -> name of the province's cities and counties, and those of a table of one's own.

    Parameters
    ----------
    table : Path, optional
        CSV with the columns ``code`` and ``name``, e.g. of towns and villages.

    Raises
    ------
    DataError
        The table has not these columns.
    SourceError
        It cannot be read.

    Examples
    --------
    >>> region_names()["3309"], region_names()["330902"]
    ('舟山市', '定海区')
    """
    found = {"33": "浙江省"}
    for row in _rows(bundled(_NAMES)):
        found[row["adcode"]] = row["name"]
        found[row["adcode"][:4]] = row["city_name"]
    if table is not None:
        for row in _rows(table):
            if not row.get("code") or row.get("name") is None:
                raise DataError(
                    "not a table of names", where=str(table), expected="the columns code and name",
                    found=", ".join(row), remedy="save it as CSV in UTF-8 with these two columns",
                )  # fmt: skip
            found[row["code"].strip()] = row["name"].strip()
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, ValueError) as error:
        raise SourceError(
            f"cannot read ({error})", where=str(path), expected="CSV in UTF-8", remedy="check the path"
        ) from error


def open_for_report(registry: str, key: Path | None = None, *, to_write: bool = False) -> EventStore:
    """A registry: a SQLite file, the folder of a run with a drill, or a PostgreSQL connection string.

    Parameters
    ----------
    key : Path, optional
        File with the emergency's key (`evac vault new`, or a node's); without it names stay empty.
    to_write : bool
        For decisions; a SQLite file is opened for reading alone otherwise, and is never made.

    Raises
    ------
    SourceError
        It cannot be opened.
    ConfigError
        The file holds no key.
    """
    vault = None if key is None else read_vault(key)
    if is_address(registry):
        from evac.store.postgres import PostgresStore

        return PostgresStore(registry, vault=vault)
    from evac.store.sqlite import SQLiteStore

    path = Path(registry)
    path = path / _IN_RUN if path.is_dir() else path
    return SQLiteStore(path, read_only=not (to_write and path.is_file()), vault=vault)
