"""HTTP: a signed robot in the style of DingTalk (钉钉), and an SMS gateway by template. One client, bounded, told to be quiet."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import ssl
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from evac.channels.base import Reply
from evac.channels.secret import Secret, struck_out
from evac.orders.outbox import Outcome, Outgoing

_MOST: Final = 64 * 1024
"""Bytes of an answer that are read; a gateway that talks on is cut off."""

_TOO_FAST: Final = 130101
"""DingTalk's errcode for more than 20 messages a minute; the robot is shut for 10 minutes (its documentation)."""

_SHUT: Final = timedelta(minutes=10)
_MINUTE: Final = 60.0
_CLIENT_FAULT: Final = range(400, 500)
_WORTH_ANOTHER: Final = (401, 403, 404, 408, 409, 423, 425, 429)
"""4xx that say nothing about the receiver: a login, an address or a limit that the office mends."""


@lru_cache(maxsize=16)
def _trust(certificates: str | None) -> ssl.SSLContext:
    """Read once: the system's list of authorities is long."""
    return ssl.create_default_context(cafile=certificates)


@dataclass(frozen=True)
class Wire:
    """How requests are made.

    Attributes
    ----------
    limit : timedelta
        Of the whole attempt; the switchboard gives up there, whatever the other side drips.
    certificates : str or None
        File of the office's own authority; the system's if None.
    """

    limit: timedelta = timedelta(seconds=20)
    certificates: str | None = None

    def post(self, url: str, *, method: str, headers: Mapping[str, str], params: Mapping[str, str], content: bytes) -> tuple[int, bytes, str]:  # fmt: skip
        """Status, the beginning of the answer, and its Retry-After.

        Raises
        ------
        OSError
            No answer; its text may hold the address.
        """
        import httpx2

        for name in (
            "httpx2",
            "httpcore2",
        ):  # at INFO it logs whole addresses, and a robot's address is its secret
            logging.getLogger(name).setLevel(logging.WARNING)
        trust = _trust(self.certificates)
        give_up = time.monotonic() + self.limit.total_seconds()
        try:
            with (
                httpx2.Client(timeout=self.limit.total_seconds(), verify=trust, follow_redirects=False, trust_env=False) as client,
                client.stream(method, url, headers=dict(headers), params=dict(params) or None, content=content) as answer,
            ):  # fmt: skip
                body = b""
                for piece in answer.iter_bytes():
                    body += piece
                    if (
                        len(body) >= _MOST or time.monotonic() > give_up
                    ):  # each piece in time may still never end
                        break
                return answer.status_code, body[:_MOST], answer.headers.get("Retry-After", "")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise OSError(f"{type(error).__name__}: {error}") from error


def robot_signature(timestamp: int, secret: str) -> str:
    """Signature of a robot: base64 of HMAC-SHA256 over ``timestamp``, a line feed and the secret, keyed by the secret.

    Parameters
    ----------
    timestamp : int
        Milliseconds since 1970; the other side refuses one that is an hour off.

    References
    ----------
    DingTalk Open Platform, 自定义机器人安全设置, 加签.

    Examples
    --------
    >>> robot_signature(1_700_000_000_000, "secret")
    'OuzzJR5+xZ4/EYwqtNt6sMYZQMTa/HEGvc9miJe7XzY='
    """
    told = f"{timestamp}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), told, hashlib.sha256).digest()).decode()


class Pace:
    """At most so many messages in a minute, over all threads.

    Parameters
    ----------
    most : int
        DingTalk takes 20 a minute from one robot, and shuts it for 10 minutes at the 21st.
    """

    def __init__(self, most: int = 20) -> None:
        self.most = most
        self._times: deque[float] = deque(maxlen=most)
        self._lock = threading.Lock()

    def wait(self, now: float) -> float:
        """Seconds until the next message may go; 0 takes the place.

        Examples
        --------
        >>> pace = Pace(2)
        >>> [pace.wait(t) for t in (0.0, 1.0, 2.0, 60.0)]
        [0.0, 0.0, 58.0, 0.0]
        """
        with self._lock:
            if len(self._times) == self.most and now - self._times[0] < _MINUTE:
                return _MINUTE - (now - self._times[0])
            self._times.append(now)
            return 0.0


@dataclass(frozen=True)
class RobotChannel:
    """A robot of a group chat (DingTalk, and 浙政钉 where it offers the same robots).

    Attributes
    ----------
    url : Secret
        Its address with the access token: who has it can post.
    secret : Secret or None
        Of the signature (加签); None where the robot has none.
    """

    name: str
    url: Secret
    secret: Secret | None = None
    wire: Wire = field(default_factory=Wire)
    pace: Pace = field(default_factory=Pace)
    way: str = "工作群机器人"

    @property
    def limit(self) -> timedelta:
        """See ``Channel``."""
        return self.wire.limit

    def attempt(self, outgoing: Outgoing, to: str, *, at: datetime) -> Reply:
        """Post a text; ``to`` is the mobile number that is called in the group (@), or empty."""
        from urllib.parse import parse_qsl, urlsplit

        rest = self.pace.wait(at.timestamp())
        if rest > 0:
            return Reply(
                Outcome.FAILED,
                "每分钟条数已满 · the robot's messages of this minute are used up",
                wait=timedelta(seconds=rest),
            )
        address = urlsplit(self.url.reveal())
        # all parameters in one place: the client would drop those of the address
        params = dict(parse_qsl(address.query))
        if self.secret is not None:
            stamp = round(at.timestamp() * 1000)
            params |= {"timestamp": str(stamp), "sign": robot_signature(stamp, self.secret.reveal())}
        body = {
            "msgtype": "text",
            "text": {"content": f"{outgoing.subject}\n{outgoing.text}\n[{_mark(outgoing)}]"},
            "at": {"atMobiles": [to] if to else [], "isAtAll": False},
        }
        secrets = (Secret(v) for v in (self.url.reveal(), *params.values()))
        return _asked(
            self.wire, address._replace(query="").geturl(), outgoing, params=params, content=json.dumps(body, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json; charset=utf-8"}, secrets=(*secrets, *([self.secret] if self.secret else [])),
            judge=_robot_said,
        )  # fmt: skip


def _mark(outgoing: Outgoing) -> str:
    """Eight digits of the key's digest, printed: people see that two texts are one message."""
    return hashlib.sha256(outgoing.key.encode()).hexdigest()[:8]


def _robot_said(answer: Mapping[str, Any]) -> Reply:
    code = answer.get("errcode")
    words = f"errcode {code}: {answer.get('errmsg', '')}"[:300]
    if code == 0:
        return Reply(Outcome.HANDED, words, reference=str(answer.get("messageId", "")))
    return Reply(Outcome.FAILED, words, wait=_SHUT if code == _TOO_FAST else None)


@dataclass(frozen=True)
class GatewayChannel:
    """An SMS gateway that takes HTTP, as the office's contract describes it.

    Attributes
    ----------
    method, url : str
    headers, params, form, body : mapping
        With ``{to}``, ``{text}``, ``{subject}``, ``{key}``, ``{number}`` and the names of ``secrets`` in their values; ``form``
        is sent as a form, ``body`` as JSON.
    secrets : mapping
        Name -> secret.
    taken_path, taken : str, tuple of str
        Where in the JSON answer the gateway says that it took the message, and which values mean so; empty where its
        status 2xx is enough.
    refused : tuple of str
        Values there that mean: never (no such number).
    reference_path : str
        Where its own number stands; empty if nowhere.
    """

    name: str
    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    taken_path: str = ""
    taken: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    reference_path: str = ""
    wire: Wire = field(default_factory=Wire)
    way: str = "短信"

    @property
    def limit(self) -> timedelta:
        """See ``Channel``."""
        return self.wire.limit

    def attempt(self, outgoing: Outgoing, to: str, *, at: datetime) -> Reply:
        """Fill the template and ask the gateway."""
        from urllib.parse import urlencode

        del at
        words = {
            "to": to, "text": outgoing.text, "subject": outgoing.subject, "key": outgoing.key, "number": outgoing.number,
        } | {name: secret.reveal() for name, secret in self.secrets.items()}  # fmt: skip
        headers = _filled(self.headers, words)
        if self.form:
            content = urlencode(_filled(self.form, words)).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
        else:
            content = json.dumps(_filled(self.body, words), ensure_ascii=False).encode() if self.body else b""
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
        return _asked(
            self.wire, filled(self.url, words), outgoing, method=self.method, headers=headers, params=_filled(self.params, words),
            content=content, secrets=tuple(self.secrets.values()), judge=self._said if self.taken_path else None,
        )  # fmt: skip

    def _said(self, answer: Mapping[str, Any]) -> Reply:
        said = _at(answer, self.taken_path)
        if said in self.taken:
            return Reply(
                Outcome.HANDED,
                said,
                reference=_at(answer, self.reference_path) if self.reference_path else "",
            )
        outcome = Outcome.REFUSED if said in self.refused else Outcome.FAILED
        return Reply(outcome, f"{self.taken_path} = {said}"[:300])


def filled(text: str, words: Mapping[str, str]) -> str:
    """A text with ``{name}`` replaced; what stands in a value is never read as a name again.

    Examples
    --------
    >>> filled("{to}: {text}", {"to": "138", "text": "see {to}"})
    '138: see {to}'
    """
    import re

    return re.sub(r"\{(\w+)\}", lambda match: words.get(match[1], match[0]), text)


def _filled(template: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    return {
        key: _filled(value, words) if isinstance(value, Mapping)
        else [filled(v, words) if isinstance(v, str) else v for v in value] if isinstance(value, list)
        else filled(value, words) if isinstance(value, str) else value
        for key, value in template.items()
    }  # fmt: skip


def _at(answer: Any, path: str) -> str:
    """What stands at ``data.code`` of an answer, as text; empty if nothing."""
    for part in path.split("."):
        answer = answer.get(part, "") if isinstance(answer, Mapping) else ""
    return str(answer)


def _asked(
    wire: Wire, url: str, outgoing: Outgoing, *, headers: Mapping[str, str], params: Mapping[str, str], content: bytes, secrets: tuple[Secret, ...],
    judge: Any, method: str = "POST",
) -> Reply:  # fmt: skip
    """Ask once and judge the answer; the key goes along as Idempotency-Key (draft-ietf-httpapi-idempotency-key-header)."""
    key = hashlib.sha256(outgoing.key.encode()).hexdigest()
    try:
        status, body, later = wire.post(
            url,
            method=method,
            headers={**headers, "Idempotency-Key": f'"{key}"'},
            params=params,
            content=content,
        )
    except (OSError, ValueError) as error:
        return Reply(Outcome.FAILED, struck_out(str(error), secrets)[:300])
    said = struck_out(body[:200].decode(errors="replace"), secrets)
    if not 200 <= status < 300:
        refused = status in _CLIENT_FAULT and status not in _WORTH_ANOTHER
        wait = timedelta(seconds=min(int(later), 3600)) if later.isdecimal() else None
        return Reply(Outcome.REFUSED if refused else Outcome.FAILED, f"HTTP {status} {said}"[:300], wait=wait)
    if judge is None:
        return Reply(Outcome.HANDED, f"HTTP {status} {said}"[:300])
    try:
        answer = json.loads(body)
        if not isinstance(answer, dict):
            raise ValueError("not an object")
    except ValueError:
        return Reply(Outcome.FAILED, f"HTTP {status}, 应答不是 JSON · the answer is no JSON: {said}"[:300])
    reply: Reply = judge(answer)
    return Reply(reply.outcome, struck_out(reply.detail, secrets), reply.reference, reply.wait)
