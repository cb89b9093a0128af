"""Scalar physics and the loops over it: the only home of numba.

Compiled code is kept beside these files, or in the user's own cache. A service of a scheduler often may write to neither, and numba
then compiles nothing at all: such a process gets a folder of its own for as long as it lives, and says so.
"""

import logging
import os
import tempfile
from pathlib import Path

KEPT_IN = "NUMBA_CACHE_DIR"


def may_keep(package: Path, caches: Path) -> bool:
    """Whether compiled code can be kept beside the package, or in a folder of the user's ``caches``, which numba makes there."""
    beside = package / "__pycache__"
    if os.access(beside if beside.exists() else package, os.W_OK | os.X_OK):
        return True
    try:  # asking for rights is not enough where the folder must be made first
        (caches / "numba").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=caches / "numba"):
            return True
    except OSError:
        return False


def _keep_somewhere() -> None:
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    if os.environ.get(KEPT_IN) or may_keep(Path(__file__).parent, caches):
        return
    import atexit
    import shutil

    own = tempfile.mkdtemp(prefix="riskmap-kernels-")
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    os.environ[KEPT_IN] = own  # before numba is imported, which reads it once
    logging.getLogger("riskmap").warning(
        "compiled kernels cannot be kept, so every process compiles for a minute or more: set %s to a folder that this user may write to",
        KEPT_IN,
    )


_keep_somewhere()
