"""Publishing: whole or not at all, whatever happens in the middle."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from time import sleep

import pytest

from riskmap.errors import ConfigError, DataError, SourceError
from riskmap.io import publish
from riskmap.io.held import ABANDONED, held_folder, is_held
from riskmap.io.publish import MARK, Staging, file_digest, publishing, require_free


def earlier_run(folder: Path) -> Path:
    folder.mkdir()
    (folder / MARK).write_text("earlier")
    return folder


def publish_files(
    target: Path, files: dict[str, str], *, replace: bool = False, error: BaseException | None = None
) -> None:
    """Publish files; where an error is given it strikes in the middle."""
    with publishing(target, replace=replace) as staging:
        for name, content in files.items():
            staging.write(name, content)
        if error is not None:
            raise error


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def child(code: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, timeout=60
    )


def test_nothing_shows_under_the_name_before_the_end(tmp_path: Path) -> None:
    with publishing(tmp_path / "run", replace=False) as staging:
        staging.write("letters/330902.pdf", b"%PDF")
        staging.write(MARK, "{}")
        assert not (tmp_path / "run").exists()
    assert names(tmp_path) == ["run"]
    assert (tmp_path / "run/letters/330902.pdf").read_bytes() == b"%PDF"


def test_text_is_written_as_utf8_without_change(tmp_path: Path) -> None:
    assert Staging(tmp_path).write("a.txt", "烟花\n").read_bytes() == "烟花\n".encode()


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, DataError])
def test_a_failure_leaves_nothing_behind(tmp_path: Path, kind: type[BaseException]) -> None:
    with pytest.raises(kind):
        publish_files(tmp_path / "run", {MARK: "{}"}, error=kind("in the middle"))
    assert names(tmp_path) == []


def test_a_failure_leaves_the_earlier_run(tmp_path: Path) -> None:
    target = earlier_run(tmp_path / "run")
    with pytest.raises(ValueError, match="middle"):
        publish_files(target, {MARK: "new"}, replace=True, error=ValueError("in the middle"))
    assert names(tmp_path) == ["run"]
    assert (target / MARK).read_text() == "earlier"


@pytest.mark.parametrize("atomic", [True, False])
def test_replace_swaps_the_earlier_run(tmp_path: Path, atomic: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not atomic:
        monkeypatch.setattr(publish, "_exchange", lambda _a, _b: False)
    target = earlier_run(tmp_path / "run")
    (target / "old.html").write_text("old")
    with publishing(target, replace=True) as staging:
        staging.write(MARK, "new")
        assert (target / MARK).read_text() == "earlier"
    assert names(tmp_path) == ["run"]
    assert names(target) == [MARK]
    assert (target / MARK).read_text() == "new"


def test_a_swap_that_fails_half_way_brings_the_earlier_run_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "_exchange", lambda _a, _b: False)
    target, rename = earlier_run(tmp_path / "run"), Path.rename

    def failing(self: Path, other: Path) -> Path:
        if self.name.startswith(".run.partial-") and "-old-" not in self.name:
            raise OSError(errno.EIO, "input/output error")
        return rename(self, other)

    monkeypatch.setattr(Path, "rename", failing)
    with (
        pytest.raises(SourceError, match="nothing was published"),
        publishing(target, replace=True) as staging,
    ):
        staging.write(MARK, "new")
    assert names(tmp_path) == ["run"]
    assert (target / MARK).read_text() == "earlier"


def test_a_run_killed_between_the_two_renames_gets_its_earlier_run_back(tmp_path: Path) -> None:
    earlier_run(tmp_path / ".run.partial-old-999999999")
    with pytest.raises(ValueError, match="middle"):
        publish_files(tmp_path / "run", {}, replace=True, error=ValueError("in the middle"))
    assert (tmp_path / "run" / MARK).read_text() == "earlier"


def test_a_folder_that_is_there_is_refused_without_replace(tmp_path: Path) -> None:
    target = earlier_run(tmp_path / "run")
    with pytest.raises(ConfigError, match=r"already there.*found an earlier run.*--replace"):
        require_free(target, replace=False)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="found a folder"):
        require_free(tmp_path / "empty", replace=False)


def test_a_folder_that_is_no_run_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years of work")
    with (
        pytest.raises(ConfigError, match=r"only an earlier run.*left alone"),
        publishing(tmp_path / "thesis", replace=True),
    ):
        pytest.fail("the block must not run")
    assert (tmp_path / "thesis" / "chapter.tex").read_text() == "years of work"


def test_a_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(ConfigError, match="only an earlier run"):
        require_free(tmp_path / "run", replace=True)


def test_an_empty_folder_may_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with publishing(tmp_path / "run", replace=True) as staging:
        staging.write(MARK, "new")
    assert (tmp_path / "run" / MARK).read_text() == "new"


def test_a_disk_that_fills_up_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = earlier_run(tmp_path / "run")

    written = []

    def full_after_the_first(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_after_the_first)
    with pytest.raises(
        SourceError, match=r"map\.html: the disk is full.*free some space.*nothing was published"
    ):
        publish_files(target, {MARK: "new", "map.html": "half of it"}, replace=True)
    assert names(tmp_path) == ["run"]
    assert (target / MARK).read_text() == "earlier"


def test_a_real_limit_on_the_size_of_files_leaves_nothing(tmp_path: Path) -> None:
    found = child(
        "import resource, signal, sys; from pathlib import Path\n"
        "from riskmap.io.publish import publishing\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "with publishing(Path(sys.argv[1]), replace=False) as staging:\n"
        "    staging.write('small.txt', 'x')\n"
        "    staging.write('map.html', b'x' * 1_000_000)\n",
        tmp_path / "run",
    )
    assert found.returncode == 1
    assert "SourceError" in found.stderr
    assert "nothing was published" in found.stderr
    assert names(tmp_path) == []


KILLED = (
    "import os, signal, sys; from pathlib import Path\n"
    "from riskmap.io.publish import publishing\n"
    "with publishing(Path(sys.argv[1]), replace=True) as staging:\n"
    "    staging.write('run.json', 'new')\n"
    "    os.kill(os.getpid(), signal.SIGKILL)\n"
)


def test_a_killed_run_leaves_the_earlier_one_and_the_next_sweeps_up(tmp_path: Path) -> None:
    target = earlier_run(tmp_path / "run")
    assert child(KILLED, target).returncode == -signal.SIGKILL
    assert (target / MARK).read_text() == "earlier"
    assert len(names(tmp_path)) == 2
    with publishing(target, replace=True) as staging:
        staging.write(MARK, "next")
    assert names(tmp_path) == ["run"]
    assert (target / MARK).read_text() == "next"


def test_what_a_killed_run_left_under_our_own_number_is_swept(tmp_path: Path) -> None:
    # in a container each run may have the same process number
    (tmp_path / f".run.partial-{os.getpid()}").mkdir()
    with publishing(tmp_path / "run", replace=False) as staging:
        staging.write(MARK, "new")
    assert names(tmp_path) == ["run"]


def test_what_a_live_process_is_building_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / f".run.partial-{os.getppid()}"
    other.mkdir()
    with publishing(tmp_path / "run", replace=False) as staging:
        staging.write(MARK, "new")
    assert other.is_dir()


def test_what_a_run_of_our_own_number_in_another_container_builds_is_left_alone(tmp_path: Path) -> None:
    """It was removed while it was filled, and what was left of it published."""
    other = tmp_path / f".run.partial-{os.getpid()}"
    other.mkdir()
    (other / MARK).write_text("theirs")
    with held_folder(other):
        with (
            pytest.raises(SourceError, match="nothing was published"),
            publishing(tmp_path / "run", replace=False),
        ):
            pytest.fail("the block must not run")
        assert (other / MARK).read_text() == "theirs"
    with publishing(tmp_path / "run", replace=False) as staging:
        assert is_held(staging.folder)
        staging.write(MARK, "new")
    assert names(tmp_path) == ["run"]


def test_a_number_that_another_process_has_by_now_keeps_nothing(tmp_path: Path) -> None:
    other = tmp_path / f".run.partial-{os.getppid()}"
    other.mkdir()
    os.utime(other, (0.0, time.time() - 2 * ABANDONED))
    with publishing(tmp_path / "run", replace=False) as staging:
        staging.write(MARK, "new")
    assert names(tmp_path) == ["run"]


def test_a_name_with_brackets_is_swept_like_any_other(tmp_path: Path) -> None:
    (tmp_path / ".run[1].partial-999999999").mkdir()
    (tmp_path / ".run1.partial-999999999").mkdir()
    with publishing(tmp_path / "run[1]", replace=False) as staging:
        staging.write(MARK, "new")
    assert names(tmp_path) == [".run1.partial-999999999", "run[1]"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with (
        pytest.raises(SourceError, match=r"cannot write; expected a writable folder.*nothing was published"),
        publishing(tmp_path / "file" / "run", replace=False),
    ):
        pytest.fail("the block must not run")


def test_a_digest_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc" * 500_000)
    assert file_digest(tmp_path / "a") == sha256(b"abc" * 500_000).hexdigest()


def test_a_file_that_is_gone_has_no_digest(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.csv: the file cannot be read.*No such file"):
        file_digest(tmp_path / "gone.csv")


def test_a_folder_gets_its_name_when_all_its_files_are_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []

    def slow(descriptor: int) -> None:
        assert not (tmp_path / "run").exists()
        synced.append(os.fstat(descriptor).st_ino)
        sleep(0.001)

    monkeypatch.setattr(os, "fsync", slow)
    files = {f"{n}.txt": "x" for n in range(100)}  # more than may wait at once
    publish_files(tmp_path / "run", {MARK: "{}", **files}, replace=False)
    assert {(tmp_path / "run" / name).stat().st_ino for name in files} < set(synced)
