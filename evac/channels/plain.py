"""Channels without a network: the standard output, and files in a folder that another system collects."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from evac.channels.base import Reply
from evac.orders.outbox import Outcome, Outgoing, outgoing_json
from evac.private_files import private_folder, write_private
from riskmap.errors import SourceError
from riskmap.io.publish import Staging


@dataclass(frozen=True)
class StdoutChannel:
    """Prints; for trying a configuration, and for pipes."""

    name: str
    way: str = "屏幕"
    limit: timedelta = timedelta(seconds=10)

    def attempt(self, outgoing: Outgoing, to: str, *, at: datetime) -> Reply:
        """One line for each message."""
        words = outgoing.text.replace("\n", " ")
        sys.stdout.write(
            f"{at.isoformat()} {to or outgoing.receiver} {outgoing.key} {outgoing.subject} {words}\n"
        )
        sys.stdout.flush()
        return Reply(Outcome.HANDED, "printed")


@dataclass(frozen=True)
class FolderChannel:
    """Writes a file for each message, whole or not at all; the same key writes the same file.

    Attributes
    ----------
    folder : Path
        Where another system collects them; a folder for each address in it.
    under : Staging or None
        A folder under construction that it is part of: its files are on the disk when that is.
    """

    name: str
    folder: Path
    way: str = "文件"
    limit: timedelta = timedelta(seconds=30)
    under: Staging | None = None

    def attempt(self, outgoing: Outgoing, to: str, *, at: datetime) -> Reply:
        """``to/KEY.json``, KEY being a digest of the idempotency key; readable by its owner alone."""
        del at  # the file says when it was made due, so that it is the same at every attempt
        stem = sha256(outgoing.key.encode()).hexdigest()[:32]
        place = (
            self.folder / sha256(to.encode()).hexdigest()[:16]
            if "/" in to or to.startswith(".")
            else self.folder / to
        )
        try:
            private_folder(place)
            write_private(place / f"{stem}.json", outgoing_json(outgoing).encode(), under=self.under)
        except SourceError as error:
            return Reply(Outcome.FAILED, error.message)
        return Reply(Outcome.HANDED, "written", reference=f"{stem}.json")
