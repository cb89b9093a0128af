"""A CAP feed in a folder: each signed message once, an Atom and an RSS list of them, every file whole at every moment.

A web server shows the folder to those who may read it: the scope of the messages is Restricted unless signed otherwise.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from evac.channels.base import Reply
from evac.orders.outbox import Outcome, Outgoing, Purpose
from riskmap.errors import DataError
from riskmap.io.durable import whole_file
from riskmap.products.cap_envelope import NAMESPACE, Envelope, read_envelope, tag
from riskmap.products.cap_feed import CAP_MEDIA_TYPE, FeedEntry, atom_feed, feed_id

_MESSAGES: Final = "messages"
_LISTED: Final = 200
"""Newest messages that the lists name; older ones stay in the folder (D)."""


@dataclass(frozen=True)
class CapFeedChannel:
    """A folder with ``feed.xml`` (Atom), ``rss.xml`` and ``messages/IDENTIFIER.xml``.

    Attributes
    ----------
    folder : Path
    message_of : callable
        Digest of a document -> its signed CAP message; empty where it has none.
    title, author : str
        Of the feed.
    """

    name: str
    folder: Path
    message_of: Callable[[str], bytes]
    title: str = "CAP"
    author: str = "防汛防台抗旱指挥部"
    way: str = "CAP 信息流"
    limit: timedelta = timedelta(seconds=30)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def attempt(self, outgoing: Outgoing, to: str, *, at: datetime) -> Reply:
        """Publish the document's message and list it; one that is there already is not listed twice."""
        del to, at  # everybody reads the same feed; its time is that of its newest message
        message = self.message_of(outgoing.draft) if outgoing.purpose is Purpose.DOCUMENT else b""
        if not message:
            return Reply(Outcome.REFUSED, "该文书没有 CAP 报文 · no CAP message goes with it")
        try:
            envelope = read_envelope(message)
            with self.lock:
                place = self.folder / _MESSAGES
                place.mkdir(parents=True, exist_ok=True)
                target = place / f"{_file_name(envelope)}.xml"
                if not target.is_file() or target.read_bytes() != message:
                    _write(target, message)
                listed = self._entries()
                name = f"{self.author}|{self.title}"
                newest = max(entry.envelope.sent for entry in listed)
                _write(
                    self.folder / "feed.xml",
                    atom_feed(listed, title=self.title, author=self.author, updated=newest, name=name),
                )
                _write(self.folder / "rss.xml", rss(listed, title=self.title, updated=newest))
        except DataError as error:
            return Reply(Outcome.REFUSED, error.message)
        except OSError as error:
            return Reply(Outcome.FAILED, f"{type(error).__name__}: {error.strerror}")
        return Reply(Outcome.DELIVERED, "published", reference=envelope.identifier)

    def _entries(self) -> list[FeedEntry]:
        """Every message of the folder that can be read, the newest first."""
        found = []
        for path in (self.folder / _MESSAGES).iterdir():
            if path.suffix == ".xml" and not path.name.startswith("."):
                xml = path.read_bytes()
                headline = ElementTree.fromstring(xml).findtext(f".//{{{NAMESPACE}}}headline") or path.stem  # noqa: S314 - signed here
                envelope = read_envelope(xml)
                found.append(
                    FeedEntry(
                        envelope,
                        f"{_MESSAGES}/{path.name}",
                        headline,
                        f"{envelope.status} {envelope.message}",
                    )
                )
        return sorted(found, key=lambda e: (e.envelope.sent, e.envelope.identifier), reverse=True)[:_LISTED]


def _file_name(envelope: Envelope) -> str:
    kept = "".join(c if c.isalnum() or c in "._-" else "-" for c in envelope.identifier)
    return kept.lstrip(".")


def rss(entries: list[FeedEntry], *, title: str, updated: datetime) -> bytes:
    """The same list as RSS 2.0: each item links to its CAP message, and its guid never changes.

    References
    ----------
    RSS Advisory Board, RSS 2.0 specification; the shape of the CAP feeds that national services publish.
    """
    items = "".join(
        f"<item>{tag('title', entry.title)}<link>{escape(entry.href)}</link>"
        f'<guid isPermaLink="false">{feed_id(entry.envelope.sender, entry.envelope.identifier)}</guid>'
        f"{tag('description', entry.summary)}{tag('category', entry.envelope.status)}"
        f'<enclosure url="{escape(entry.href)}" length="0" type="{CAP_MEDIA_TYPE}"/>'
        f"{tag('pubDate', format_datetime(entry.envelope.sent))}</item>"
        for entry in entries
    )
    head = f"{tag('title', title)}<link>feed.xml</link>{tag('description', title)}{tag('lastBuildDate', format_datetime(updated))}"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>{head}{items}</channel></rss>\n'.encode()


def _write(target: Path, content: bytes) -> None:
    """Whole or not at all; a reader sees the old file or the new one."""
    with whole_file(target) as file:
        file.write(content)
