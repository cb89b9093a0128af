"""What may be imported where, beyond what import-linter draws; what a bare import costs; who opens files."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.tree import ROOT, imports, module_files, module_name, parsed

HEAVY = (
    "numba", "llvmlite", "folium", "rasterio", "pandas", "geopandas", "shapely", "sqlalchemy", "cryptography",
    "xarray", "numpy", "fastapi", "typst", "docx", "scipy", "ortools",
)  # fmt: skip


@pytest.mark.parametrize("package", ["riskmap", "evac", "evac.exercise.other_process"])
def test_a_bare_import_pulls_in_nothing_heavy(package: str) -> None:
    code = f"import sys, {package}; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []


def test_a_run_begins_another_process_before_it_loads_what_it_computes_with(tmp_path: Path) -> None:
    code = f"""
import sys, riskmap as rm, riskmap.beside as beside
from pathlib import Path
def begun(threads):
    print(*(name for name in {HEAVY!r} if name in sys.modules))
    raise SystemExit
beside._begun = begun
rm.run(rm.bundled("scenarios/in-fa-2021.toml"), Path({str(tmp_path / "out")!r}), fresh=True)
"""
    two = {**os.environ, "RISKMAP_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=two,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == ["numpy"]


HOMES = {
    # third-party package -> the only modules that may import it (prefixes)
    "numba": ("riskmap._kernels",),
    "exactextract": ("riskmap.zonal",),
    "rasterio": ("riskmap.io", "riskmap.products"),
    "pydantic": ("riskmap.io", "evac.api"),
    "folium": ("riskmap.products", "evac.cockpit"),
    "branca": ("riskmap.products", "evac.cockpit"),
    "typst": ("riskmap.products",),
    "docx": ("riskmap.products",),
    "docxtpl": ("riskmap.products",),
    "lxml": ("riskmap.products",),
    "sqlite3": ("evac.store",),
    "sqlalchemy": ("evac.store",),
    "alembic": ("evac.store",),
    "psycopg": ("evac.store",),
    "httpx2": ("evac.channels",),
    "smtplib": ("evac.channels",),
    "fastapi": ("evac.api",),
    "starlette": ("evac.api",),
    "msgspec": ("evac.api",),
    "uvicorn": ("evac.api", "evac.cli"),
    "openpyxl": ("evac.people", "evac.forms"),
    "cryptography": (
        "evac.keys",
        "evac.kiosk",
        "evac.event_key",
        "evac.key_files",
        "evac.log",
        "evac.operations",
        "evac.phone_seal",
        "evac.privacy",
        "evac.sync",
        "evac.vault",
        "evac.web",
        "evac.witness",
    ),
    "zxingcpp": ("evac.qr",),
    "segno": ("evac.witness", "riskmap.products"),
    "ortools": ("evac.plan",),
    "scipy": ("evac.plan", "evac.privacy.together"),
    "typer": (
        "riskmap.cli",
        "riskmap.cli_bulletins",
        "riskmap.cli_catalogue",
        "riskmap.cli_cycle",
        "riskmap.cli_draft",
        "riskmap.cli_rules",
        "riskmap.cli_scheduled",
        "riskmap.cli_verify",
        "riskmap.cli_village",
        "evac.cli",
        "evac.commands",
    ),
    "rich": (
        "riskmap.cli",
        "riskmap.terminal",
        "riskmap.cli_catalogue",
        "riskmap.cli_rules",
        "riskmap.cli_verify",
        "evac.cli",
        "evac.commands.codes",
        "evac.commands.drill",
    ),
    "pandas": (),
    "geopandas": (),
    "matplotlib": ("riskmap.products", "evac.plan.clearance_plot"),
    "requests": (),
    # gauges by HTTP: the one module that opens a connection, bounded in time and size, telling no secret of an address
    "urllib.request": ("riskmap.io.service",),
}


@pytest.mark.slow
def test_each_dependency_stays_in_its_room() -> None:
    strays = [
        f"{path}:{line} imports {imported}"
        for path in module_files()
        for imported, line in imports(path)
        for package, homes in HOMES.items()
        if f"{imported}.".startswith(f"{package}.")
        and not any(f"{module_name(path)}.".startswith(f"{home}.") for home in homes)
    ]
    assert strays == []


FILE_CALLS = {
    "open", "read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "makedirs", "unlink", "rmtree",
    "rmdir", "touch", "symlink_to", "copy2", "copyfile", "copytree", "iterdir", "rglob", "open_dataset", "open_dataarray",
    "to_netcdf", "to_csv", "savetxt", "loadtxt", "genfromtxt", "fromfile", "tofile", "NamedTemporaryFile", "mkdtemp",
    "TemporaryDirectory",
}  # fmt: skip
"""Calls that touch the file system, by their last name."""

EDGES = ("riskmap.io", "evac.store")
"""The rooms that open files."""

NAMED_EDGES = {
    "riskmap._kernels": "the folder of compiled code, tried before numba is imported",
    "riskmap.memory": "asks the system how much memory is free, which is a file on Linux",
    "evac.plan.invented": "the bundled census; moves behind a reader when a second table is needed",
    "evac.plan.assumptions": "the drill's assumptions, a TOML file of the package",
    "evac.commands.routes": "the folder of a clearance's page",
    "evac.plan.road_files": "a road file that somebody sent",
    "riskmap.products.notebook": "the map of a published run, shown again",
    "evac.plan_cards": "a plan that was written, whose cards it prints",
    "evac.planning": "the folder of a transfer plan, and the tables that the office gives",
    "evac.sync.files": "bundles, acknowledgements and key files, which travel on sticks",
    "evac.published": "the drill's folder beside a published run",
    "evac.dangers.intake": "no file: what a vault has sealed",
    "evac.exercise.letters": "the drafts of a published run",
    "evac.exercise.transfer_plan": "the plan that it wrote, read back",
    "evac.people.corrections": "no file: what a vault has sealed",
    "evac.operations.backup": "no file: what a vault has sealed",
    "evac.people.list_file": "a list that somebody sent",
    "evac.people.xlsx_sheet": "the parts of a workbook, which is a zip file",
    "evac.private_files": "keys and sheets with people on them: mode 0600, whole or not at all",
    "evac.reporting": "the folder of filled forms, the key and the names that the office gives",
    "evac.web.shell": "the phone page's own files beside it",
    "evac.channels.secret": "a secret's own file, whose mode is looked at",
    "evac.channels.papers": "the folders that `evac sign` wrote, for what is attached to a mail",
    "evac.channels.cap_feed": "the folder that a web server shows: read by others, unlike private files",
    "evac.signing": "the drafts of a published run, and the signed folders beside it",
}
"""Modules outside those rooms that open a file, and why."""


READS = {"open", "read_text", "read_bytes", "iterdir"}
"""What a module may do with the files of its own package, found by ``importlib.resources``."""


def _file_calls(path: Path) -> list[str]:
    """Calls that touch files, but for reading what ships beside the module."""
    own = any(imported == "importlib.resources" for imported, _ in imports(path))
    found = []
    for node in ast.walk(parsed(path)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in FILE_CALLS and not (own and name in READS):
            found.append(f"{path}:{node.lineno} calls {name}")
    return found


@pytest.mark.slow
def test_files_are_opened_at_the_edges_only() -> None:
    strays = [
        call
        for path in module_files()
        if not f"{module_name(path)}.".startswith(tuple(f"{edge}." for edge in EDGES))
        and module_name(path) not in NAMED_EDGES
        for call in _file_calls(path)
    ]
    assert strays == []


def test_every_named_edge_is_one() -> None:
    by_name = {module_name(path): path for path in module_files()}
    assert [name for name in NAMED_EDGES if name not in by_name or not _file_calls(by_name[name])] == []
