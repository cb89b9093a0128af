"""Both command lines teach by example and complete themselves in a real shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
import typer
from rich.cells import cell_len
from rich.text import Text
from typer.core import TyperGroup
from typer.main import get_command, get_group

import evac.cli
import riskmap.cli
from tests.contracts.tree import ROOT

APPS = {"riskmap": riskmap.cli.app, "evac": evac.cli.app}


def commands(command: click.Command, words: tuple[str, ...] = ()) -> list[tuple[str, click.Command]]:
    """Every command that does something, with the words that reach it."""
    if not isinstance(command, TyperGroup):
        return [(" ".join(words), command)]
    names = command.list_commands(None)
    return [found for name in names for found in commands(command.get_command(None, name), (*words, name))]


@pytest.mark.parametrize("file", [file for files in evac.cli.FILES.values() for file in files])
def test_a_file_holds_the_commands_that_the_command_line_looks_for_in_it(file: str) -> None:
    (named,) = [files[file] for files in evac.cli.FILES.values() if file in files]
    room = typer.Typer()
    import_module(f"evac.commands.{file}").add_to(room)
    assert sorted(get_group(room).commands) == sorted(named.split())


def test_a_command_reads_no_file_but_its_own() -> None:
    code = """
import sys
from evac.cli import main
try:
    main(["token", "new", "--help"])
except SystemExit:
    print({name for name in sys.modules if name.startswith("evac.commands.")})
"""
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert "evac.commands.server" in told
    assert "evac.commands.exchange" not in told


@pytest.mark.parametrize("name", APPS)
def test_every_command_ends_its_help_with_an_example_of_itself(name: str) -> None:
    every = commands(get_command(APPS[name]), (name,))
    assert len(every) > 10
    # a command that takes nothing is its own example
    bare = [
        words
        for words, one in every
        if "Example" not in (one.help or "") and any(p.required for p in one.params)
    ]
    assert bare == []
    strange = [
        words
        for words, one in every
        if "Example" in (one.help or "") and words not in " ".join((one.help or "").split())
    ]
    assert strange == []


@pytest.mark.parametrize("name", APPS)
def test_the_first_page_has_examples_of_commands_that_there_are(name: str) -> None:
    command = get_command(APPS[name])
    page = " ".join((command.help or "").split())
    assert isinstance(command, TyperGroup)
    known = {*command.list_commands(None), "--install-completion"}
    shown = [words.split()[0] for words in page.split(f" {name} ")[1:]]
    assert len(shown) >= 4
    assert {word.rstrip(",;") for word in shown} <= known
    assert "--install-completion" in page


def said_of(command: click.Command) -> list[str]:
    """Every text that the help of a command and of those below it shows."""
    own = [command.help, *(getattr(option, "help", None) for option in command.params)]
    names = command.list_commands(None) if isinstance(command, TyperGroup) else []
    inner = [text for name in names for text in said_of(command.get_command(None, name))]
    return [text for text in own if text] + inner


@pytest.mark.parametrize("name", APPS)
def test_help_shows_what_it_says(name: str) -> None:
    # what stands in square brackets is taken for a mark of the terminal, and a unit is gone: "Side of a cell ."
    texts = [text.replace("[bold]", "").replace("[/bold]", "") for text in said_of(get_command(APPS[name]))]
    assert len(texts) > 50
    assert [text for text in texts if Text.from_markup(text).plain != text] == []


@pytest.mark.parametrize("name", APPS)
def test_first_steps_fit_a_terminal_of_80_columns(name: str) -> None:
    steps = [line for line in (get_command(APPS[name]).help or "").splitlines() if line.startswith("  ")]
    assert len(steps) >= 4
    assert [line for line in steps if cell_len(line) > 78] == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this machine")
@pytest.mark.parametrize(
    ("name", "typed", "expected"), [("riskmap", "che", "check"), ("evac", "shel", "shelters")]
)
def test_a_real_shell_completes_what_was_begun(tmp_path: Path, name: str, typed: str, expected: str) -> None:
    program = tmp_path / name
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.argv[0] = {name!r}\nfrom {name}.cli import main\nmain()\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    variable = f"_{name.upper()}_COMPLETE"
    around = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    script = subprocess.run(
        [name], env=around | {variable: "source_bash"}, capture_output=True, text=True, check=True, timeout=60
    )
    (tmp_path / "complete.sh").write_text(script.stdout, encoding="utf-8")
    lines = (
        f"source {tmp_path}/complete.sh; COMP_WORDS=({name} {typed}); COMP_CWORD=1; _{name}_completion {name}; "
        'echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", lines], env=around, capture_output=True, text=True, check=True, timeout=60
    )
    assert expected in done.stdout.split()
    assert "Traceback" not in script.stderr + done.stderr
