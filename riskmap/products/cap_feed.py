"""An Atom feed (RFC 4287) of the messages of one cycle: relative links, ids that never change, no outside address."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from riskmap.products.cap_envelope import Envelope, aware, stamp, tag

ATOM = "http://www.w3.org/2005/Atom"
CAP_MEDIA_TYPE = "application/cap+xml"


@dataclass(frozen=True)
class FeedEntry:
    """One message in a feed.

    Attributes
    ----------
    href : str
        Its place, relative to the feed.
    title, summary : str
        For people: the headline, and what it is.
    """

    envelope: Envelope
    href: str
    title: str
    summary: str


def atom_feed(
    entries: Sequence[FeedEntry], *, title: str, author: str, updated: datetime, name: str
) -> bytes:
    """The feed as XML in UTF-8; without messages it is a valid, empty feed.

    Parameters
    ----------
    entries : sequence of FeedEntry
        In the order in which they are listed.
    title, author : str
        Of the feed.
    updated : datetime
        Time of the cycle, with time zone: the same cycle gives the same bytes.
    name : str
        What tells this feed from others, e.g. storm and office; its id is made of it.

    Raises
    ------
    DataError
        The time has no time zone.

    References
    ----------
    RFC 4287, The Atom Syndication Format, 4.1.1 and 4.1.2.
    """
    aware(updated, "feed, updated")
    head = [
        tag("id", feed_id("feed", name)),
        tag("title", title),
        tag("updated", stamp(updated)),
        f"<author>{tag('name', author)}</author>",
        '<link rel="self" type="application/atom+xml" href="feed.xml"/>',
    ]
    body = "".join((*head, *map(_entry, entries)))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="{ATOM}">{body}</feed>\n'.encode()


def feed_id(*parts: str) -> str:
    """A name-based UUID (RFC 4122, 4.3): the same message has the same id in every feed.

    Examples
    --------
    >>> feed_id("a@b", "33090200000000_20210724123000_0")
    'urn:uuid:...'
    """
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'riskmap:' + '|'.join(parts))}"


def _entry(entry: FeedEntry) -> str:
    envelope = entry.envelope
    return (
        f"<entry>{tag('id', feed_id(envelope.sender, envelope.identifier))}{tag('title', entry.title)}"
        f"{tag('updated', stamp(envelope.sent))}"
        f'<link rel="alternate" type="{CAP_MEDIA_TYPE}" href="{escape(entry.href)}"/>'
        f'<category term="{envelope.status}"/><category term="{envelope.message}"/>'
        f"{tag('summary', entry.summary)}</entry>"
    )
