"""The configuration of channels and receivers: TOML, checked whole, with file, line and key of whatever is wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from evac.channels.base import Channel
from evac.channels.cap_feed import CapFeedChannel
from evac.channels.mail import MailChannel
from evac.channels.papers import Papers
from evac.channels.plain import FolderChannel, StdoutChannel
from evac.channels.retries import Retries
from evac.channels.secret import Secret, read_secret
from evac.channels.switchboard import Route
from evac.channels.web import GatewayChannel, Pace, RobotChannel, Wire
from riskmap.errors import ConfigError, MissingExtraError
from riskmap.io.toml_file import key_lines, read_toml
from riskmap.rules.place import Place, every, flag, number, one_of, only, table, words

_LAST_PORT: Final = 2**16 - 1
MessageOf = Callable[[str], bytes]
_COMMON: Final = {"name", "kind", "way", "timeout_seconds"}
_HTTP: Final = {"certificates", "plain"}
_KEYS: Final[dict[str, tuple[set[str], set[str]]]] = {
    # kind -> (needed, also allowed), beside _COMMON
    "stdout": (set(), set()),
    "folder": ({"folder"}, set()),
    "mail": ({"host", "port", "sender", "security"}, {"user", "secret", "certificates", "papers", "attach"}),
    "robot": ({"url"}, {"secret", "per_minute", *_HTTP}),
    "gateway": (
        {"url"},
        {"method", "headers", "params", "form", "body", "secrets", "taken_path", "taken", "refused", "reference_path", *_HTTP},
    ),
    "cap_feed": ({"folder"}, {"title", "author"}),
}  # fmt: skip


@dataclass(frozen=True)
class ChannelPlan:
    """What a configuration says.

    Attributes
    ----------
    channels : tuple of Channel
    routes : mapping
        Receiver -> ways to it, in order.
    telephones : mapping
        Receiver -> number for the call list.
    retries : Retries
    also : tuple of str
        Channels that take every document besides, whoever receives it: a feed.
    """

    channels: tuple[Channel, ...]
    routes: Mapping[str, tuple[Route, ...]]
    telephones: Mapping[str, str]
    retries: Retries
    also: tuple[str, ...] = ()


def read_channels(
    path: Path, *, message_of: MessageOf = lambda _: b"", environment: Mapping[str, str] = os.environ
) -> ChannelPlan:  # fmt: skip
    r"""Channels, receivers and retries of an office.

    Parameters
    ----------
    path : Path
        Of the TOML file; paths in it count from its folder.
    message_of : callable
        Digest of a document -> its signed CAP message, for a CAP feed.
    environment : mapping
        Where ``env:NAME`` is looked up.

    Raises
    ------
    SourceError
        The file cannot be read.
    ConfigError
        Something in it is wrong; with file, line and key, and never with a secret.

    Examples
    --------
    >>> import tempfile
    >>> from evac import read_channels
    >>> said = '[[channel]]\nname = "paper"\nkind = "folder"\nfolder = "out"\n'
    >>> said += '[[receiver]]\nname = "定海区"\ntelephone = "0580-0000000"\nroute = [{ channel = "paper" }]\n'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "channels.toml")
    ...     _ = path.write_text(said, encoding="utf-8")
    ...     plan = read_channels(path)
    >>> [channel.name for channel in plan.channels], plan.routes["定海区"][0].channel, plan.telephones
    (['paper'], 'paper', {'定海区': '0580-0000000'})
    """
    content, text = read_toml(path)
    top = Place(path.name, key_lines(text))
    only(content, {"also", "retries", "channel", "receiver"}, top)
    every(content, {"channel", "receiver"}, top)
    read = _Reader(path.parent, message_of, environment)
    channels = tuple(read.channel(row, top.entry("channel", n)) for n, row in enumerate(content["channel"]))
    names = [channel.name for channel in channels]
    _once(names, "two channels have one name", path.name)
    told = content.get("also", [])
    also = tuple(
        one_of(name, tuple(names), top.key("also")) for name in (told if isinstance(told, list) else [told])
    )
    routes, telephones = {}, {}
    for n, row in enumerate(content["receiver"]):
        place = top.entry("receiver", n)
        every(row, {"name"}, place)
        only(row, {"name", "telephone", "route"}, place)
        receiver = words(row["name"], place.key("name"))
        if receiver in routes:
            _once([receiver, receiver], "a receiver stands twice", str(place))
        routes[receiver] = tuple(_route(r, tuple(names), place.key("route")) for r in row.get("route", []))
        if row.get("telephone"):
            telephones[receiver] = str(row["telephone"])
    retries = _retries(content.get("retries", {}), top.section("retries"))
    return ChannelPlan(channels, routes, telephones, retries, also)


def _once(names: list[str], message: str, where: str) -> None:
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ConfigError(
            message, where=where, expected="each name once", found=twice[0], remedy="rename or join them"
        )


def _route(row: Any, names: tuple[str, ...], place: Place) -> Route:
    entry = table(row, place)
    every(entry, {"channel"}, place)
    only(entry, {"channel", "to"}, place)
    return Route(one_of(entry["channel"], names, place), str(entry.get("to", "")))


def _retries(content: Any, place: Place) -> Retries:
    row = table(content, place)
    only(
        row,
        {"first_seconds", "longest_seconds", "factor", "jitter", "by_hand_after", "rest_seconds", "seed"},
        place,
    )
    held = Retries()

    def given(name: str, usual: float, low: float, high: float, *, whole: bool = False) -> float:
        return number(row.get(name, usual), place.key(name), low=low, high=high, whole=whole)

    return Retries(
        first=timedelta(seconds=given("first_seconds", held.first.total_seconds(), 1, 3600)),
        longest=timedelta(seconds=given("longest_seconds", held.longest.total_seconds(), 1, 86_400)),
        factor=given("factor", held.factor, 1, 10),
        jitter=given("jitter", held.jitter, 0, 1),
        by_hand_after=int(given("by_hand_after", held.by_hand_after, 1, 100, whole=True)),
        rest=timedelta(seconds=given("rest_seconds", held.rest.total_seconds(), 0, 3600)),
        seed=int(given("seed", held.seed, 0, 2**31, whole=True)),
    )


@dataclass(frozen=True)
class _Reader:
    """Reads one ``[[channel]]`` after another."""

    folder: Path
    message_of: MessageOf
    environment: Mapping[str, str]

    def channel(self, row: Any, place: Place) -> Channel:
        """One channel of the kind that it names."""
        entry = table(row, place)
        every(entry, {"name", "kind"}, place)
        kind = one_of(entry["kind"], tuple(_KEYS), place.key("kind"))
        needed, allowed = _KEYS[kind]
        every(entry, {"name", "kind", *needed}, place)
        only(entry, _COMMON | needed | allowed, place)
        common: dict[str, Any] = {"name": words(entry["name"], place.key("name"))}
        if "way" in entry:
            common["way"] = words(entry["way"], place.key("way"))
        if kind in ("robot", "gateway"):
            if find_spec("httpx2") is None:
                raise MissingExtraError("httpx2 is not installed", where=str(place), expected="the extra `channels`",
                                        remedy="pip install 'riskmap[channels]'")  # fmt: skip
            return (
                self._robot(entry, place, common) if kind == "robot" else self._gateway(entry, place, common)
            )
        if "timeout_seconds" in entry:
            common["limit"] = self._limit(entry, place)
        if kind == "mail":
            return self._mail(entry, place, common)
        if kind == "stdout":
            return StdoutChannel(**common)
        folder = self.folder / words(entry["folder"], place.key("folder"))
        if kind == "folder":
            return FolderChannel(folder=folder, **common)
        named: dict[str, Any] = {
            key: words(entry[key], place.key(key)) for key in ("title", "author") if key in entry
        }
        return CapFeedChannel(folder=folder, message_of=self.message_of, **named, **common)

    def _limit(self, entry: Mapping[str, Any], place: Place) -> timedelta:
        seconds = number(entry.get("timeout_seconds", 20), place.key("timeout_seconds"), low=0.1, high=300)
        return timedelta(seconds=seconds)

    def _secret(self, entry: Mapping[str, Any], key: str, place: Place) -> Secret | None:
        return read_secret(entry[key], place.key(key), self.environment) if key in entry else None

    def _mail(self, entry: Mapping[str, Any], place: Place, common: dict[str, Any]) -> MailChannel:
        secret = self._secret(entry, "secret", place)
        security = one_of(entry["security"], ("tls", "starttls", "plain"), place.key("security"))
        if security == "plain" and secret is not None:
            raise ConfigError("a password over an open line", where=str(place.key("security")), expected="tls or starttls",
                              found="plain", remedy="take tls, or a relay that asks for no password")  # fmt: skip
        if (secret is None) != ("user" not in entry):
            raise ConfigError("a login is a user and a secret", where=str(place), expected="both, or neither",
                              found="one of them", remedy='add user = "..." or secret = "env:..."')  # fmt: skip
        return MailChannel(
            host=words(entry["host"], place.key("host")),
            port=int(number(entry["port"], place.key("port"), low=1, high=_LAST_PORT, whole=True)),
            sender=words(entry["sender"], place.key("sender")),
            security=security,  # type: ignore[arg-type]  # one_of has checked it
            user=str(entry.get("user", "")),
            secret=secret,
            certificates=self._certificates(entry, place),
            papers=self._papers(entry, place),
            **common,
        )

    def _papers(self, entry: Mapping[str, Any], place: Place) -> Papers | None:
        """Both the folders and the names, or neither: a letter that should carry its paper never goes without."""
        given = [key for key in ("papers", "attach") if entry.get(key)]
        if not given:
            return None
        if len(given) == 1 or not all(isinstance(entry[key], list) for key in given):
            raise ConfigError("what is attached is not whole", where=str(place), expected='papers = ["out/*/signed"] and attach = '
                              '["document.pdf"]', found=", ".join(given), remedy="name both as lists, or neither")  # fmt: skip
        patterns, names = (
            tuple(words(w, place.key(key)) for w in entry[key]) for key in ("papers", "attach")
        )
        if any(Path(word).is_absolute() or ".." in Path(word).parts for word in (*patterns, *names)):
            raise ConfigError("a path that leaves the folder", where=str(place), expected="paths below this file's folder",
                              found=", ".join((*patterns, *names)), remedy="put this file beside the runs")  # fmt: skip
        return Papers(self.folder, patterns, names)

    def _certificates(self, entry: Mapping[str, Any], place: Place) -> str | None:
        if "certificates" not in entry:
            return None
        path = self.folder / str(entry["certificates"])
        if not path.is_file():
            raise ConfigError("the file of certificates is not there", where=str(place.key("certificates")),
                              expected="a PEM file", found=str(path), remedy="name it, counted from this file's folder")  # fmt: skip
        return str(path)

    def _wire(self, entry: Mapping[str, Any], place: Place) -> Wire:
        return Wire(limit=self._limit(entry, place), certificates=self._certificates(entry, place))

    def _robot(self, entry: Mapping[str, Any], place: Place, common: dict[str, Any]) -> RobotChannel:
        url = read_secret(entry["url"], place.key("url"), self.environment)
        _address(url.reveal(), entry, place.key("url"))
        pace = int(number(entry.get("per_minute", 20), place.key("per_minute"), low=1, high=6000, whole=True))
        return RobotChannel(
            url=url, secret=self._secret(entry, "secret", place), wire=self._wire(entry, place), pace=Pace(pace), **common
        )  # fmt: skip

    def _gateway(self, entry: Mapping[str, Any], place: Place, common: dict[str, Any]) -> GatewayChannel:
        _address(str(entry["url"]), entry, place.key("url"))
        if "form" in entry and "body" in entry:
            raise ConfigError("a form and a JSON body", where=str(place), expected="one of form and body", found="both",
                              remedy="take what the gateway's contract says")  # fmt: skip
        secrets = table(entry.get("secrets", {}), place.key("secrets"))
        if entry.get("taken_path") and not entry.get("taken"):
            raise ConfigError("an answer that is never good", where=str(place.key("taken")), expected='taken = ["0"]',
                              found="none", remedy="say which values of taken_path mean that it was taken")  # fmt: skip
        filled: dict[str, Any] = {
            key: dict(table(entry.get(key, {}), place.key(key)))
            for key in ("headers", "params", "form", "body")
        }
        return GatewayChannel(
            url=str(entry["url"]),
            method=one_of(entry.get("method", "POST"), ("POST", "GET", "PUT"), place.key("method")),
            **filled,
            secrets={
                key: read_secret(value, place.key("secrets"), self.environment)
                for key, value in secrets.items()
            },
            taken_path=str(entry.get("taken_path", "")),
            taken=tuple(map(str, entry.get("taken", []))),
            refused=tuple(map(str, entry.get("refused", []))),
            reference_path=str(entry.get("reference_path", "")),
            wire=self._wire(entry, place),
            **common,
        )


def _address(url: str, entry: Mapping[str, Any], place: Place) -> None:
    """https, or http where the configuration says that it knows; the address itself may be a secret and is not shown."""
    plain = flag(entry.get("plain", False), place)
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ConfigError("not an address", where=str(place), expected="https://...", found="another form",
                          remedy="copy it from the gateway's contract")  # fmt: skip
    if parts.scheme == "http" and not plain:
        raise ConfigError("an address without TLS", where=str(place), expected="https://", found="http://",
                          remedy="take https, or set plain = true if the line itself is closed")  # fmt: skip
