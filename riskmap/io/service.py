"""Text from a service over http or https: in bounded time and size, whole or not at all, and no secret of the address told.

The only place of the library that opens a connection. An address may hold a key (``?key=...``): messages and products
name scheme, host and path alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPException
from typing import Any, BinaryIO, Final, Protocol, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urljoin, urlsplit

from riskmap.errors import ConfigError, SourceError

Answer = TypeVar("Answer")

SIZE_LIMIT: Final = 20_000_000
"""Most bytes taken from a service (status D)."""

TIMEOUT: Final = 20.0
"""Longest wait for a service [s], for a word from it and for its whole answer (status D)."""

TRIES: Final = 3
"""So often is a service asked that does not answer, or says that it cannot just now (status D)."""

PAUSE: Final = 1.0
"""Before a second try [s]; twice as long before the third (status D)."""

BLOCK: Final = 65_536
SCHEMES: Final = ("http", "https")
BUSY: Final = (429, 500, 502, 503, 504)
"""Answers after which another try makes sense."""


class Opener(Protocol):
    """What fetches an address: ``open_url``, or a client with the office's proxy and certificate."""

    def __call__(self, url: str, *, timeout: float) -> BinaryIO:
        """An open answer, to be read and closed."""
        ...


class _GoneError(Exception):
    """Why one try failed, in words without the address; ``again`` where another may do better."""

    def __init__(self, words: str, remedy: str, *, again: bool = False) -> None:
        super().__init__(words)
        self.words, self.remedy, self.again = words, remedy, again


def is_address(text: object) -> bool:
    """Whether a value is an address rather than the path of a file.

    Examples
    --------
    >>> is_address("https://example.org/readings"), is_address("C:/readings.csv"), is_address("readings.csv")
    (True, False, False)
    """
    return isinstance(text, str) and "://" in text


def told_address(url: str) -> str:
    """Scheme, host and path of an address: no user, password, query or fragment.

    Examples
    --------
    >>> told_address("https://me:secret@example.org:8443/readings?key=secret#x")
    'https://example.org:8443/readings'
    """
    parts = _split(url)
    if parts is None:
        return "an address that cannot be read"
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def fetch_text(
    url: str, *, opener: Opener | None = None, timeout: float = TIMEOUT, limit: int = SIZE_LIMIT, tries: int = TRIES,
    pause: Callable[[float], None] = time.sleep,
) -> str:  # fmt: skip
    """The whole answer of a service as text.

    Parameters
    ----------
    url : str
        http or https; redirects are followed on the same host, never from https to http.
    opener : callable, optional
        What opens the address; ``open_url`` by default.
    timeout : float
        Longest wait for a word, and for the whole answer [s].
    limit : int
        Most bytes; a longer answer is refused, not cut.
    tries : int
        How often to ask where the service is busy or silent.
    pause : callable
        Waits between tries [s].

    Raises
    ------
    ConfigError
        Another scheme than http and https, or a user and password in the address.
    SourceError
        No whole answer in time, an error of the service, a certificate that is not trusted, too long an answer, or
        one that is not UTF-8 text.
    """
    return _ask(url, opener or open_url, timeout, limit, tries, pause, _text)


def fetch_bytes(
    url: str, *, opener: Opener | None = None, timeout: float = TIMEOUT, limit: int = SIZE_LIMIT, tries: int = TRIES,
    pause: Callable[[float], None] = time.sleep,
) -> bytes:  # fmt: skip
    """The whole answer of a service as it comes; parameters and errors as ``fetch_text``.

    An answer that says neither its length nor where it ends is refused: half a file may look like a whole one.
    """
    return _ask(url, opener or open_url, timeout, limit, tries, pause, _whole)


def _ask(
    url: str, opener: Opener, timeout: float, limit: int, tries: int, pause: Callable[[float], None],
    read: Callable[[tuple[bytes, bool]], Answer],
) -> Answer:  # fmt: skip
    """Ask until there is a whole answer, or no more tries."""
    where = _checked(url)
    for n in range(tries):
        try:
            return read(_once(url, opener, timeout, limit))
        except _GoneError as problem:
            gone = problem
        if not gone.again or n + 1 == tries:
            break
        pause(PAUSE * 2**n)
    # no chain: the exceptions below may hold the whole address
    raise SourceError(
        "the service gave no usable answer", where=where, expected=f"a whole answer within {timeout:g} s", found=gone.words,
        remedy=gone.remedy,
    ) from None  # fmt: skip


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _checked(url: str) -> str:
    parts, where = _split(url), told_address(url)
    if parts is None or parts.scheme not in SCHEMES or not parts.hostname:
        raise ConfigError(
            "not an address of a service", where=where, expected="http:// or https://", found=where,
            remedy="give the address of the service, or the path of a file without a scheme",
        )  # fmt: skip
    if parts.username or parts.password:
        raise ConfigError(
            "a user or password in the address", where=where, expected="an address without them",
            found="user:password@ before the host", remedy="let the service give a key, or pass an opener that signs in",
        )  # fmt: skip
    return where


def _once(url: str, opener: Opener, timeout: float, limit: int) -> tuple[bytes, bool]:
    """The bytes of one try, and whether their end is known to be the answer's."""
    ends = time.monotonic() + timeout
    later = "check the network and the service; the next cycle asks again"
    try:
        with closing(opener(url, timeout=timeout)) as answer:
            raw = _read(answer, ends, limit)
            headers: Any = getattr(answer, "headers", None) or {}
            declared = str(headers.get("Content-Length") or "")
            chunked = "chunked" in str(headers.get("Transfer-Encoding") or "").lower()
    except HTTPError as problem:
        with closing(problem):
            words = f"HTTP {problem.code}"
        remedy = "check the address and its key" if problem.code in (401, 403, 404) else later
        raise _GoneError(words, remedy, again=problem.code in BUSY) from None
    except (OSError, HTTPException, ValueError) as problem:
        raise _gone(problem, later) from None
    if declared.isdigit() and len(raw) != int(declared):
        raise _GoneError(f"cut off after {len(raw)} of {declared} bytes", later, again=True)
    return raw, chunked or declared.isdigit()


def _read(answer: BinaryIO, ends: float, limit: int) -> bytes:
    """All of an answer, block by block, so that one that drips cannot hold a cycle up."""
    take: Callable[[int], bytes] = getattr(answer, "read1", answer.read)
    blocks, size = [], 0
    while block := take(BLOCK):
        blocks.append(block)
        size += len(block)
        if size > limit:
            raise _GoneError(f"more than {limit} bytes", "ask for fewer hours or gauges, or raise the limit")
        if time.monotonic() > ends:
            raise _GoneError(f"too slow: {size} bytes so far", "ask for fewer hours or gauges", again=True)
    return b"".join(blocks)


def _gone(problem: Exception, later: str) -> _GoneError:
    """What a failed connection is called; the problem's own text only where it cannot hold the address."""
    import ssl

    reason = problem.reason if isinstance(problem, URLError) else problem
    if isinstance(reason, ssl.SSLCertVerificationError):
        return _GoneError(
            f"its certificate is not trusted: {reason.verify_message}",
            "have the service renew it, or install the office's root certificate (SSL_CERT_FILE)",
        )
    if isinstance(reason, ssl.SSLError):
        return _GoneError(f"no safe connection: {reason.reason}", "check that the service speaks https there")
    if isinstance(reason, TimeoutError):
        return _GoneError("no answer in time", later, again=True)
    if isinstance(reason, OSError):
        return _GoneError(reason.strerror or type(reason).__name__, later, again=True)
    if isinstance(problem, HTTPException):
        return _GoneError(f"a broken answer ({type(problem).__name__})", later, again=True)
    return _GoneError(f"an address that cannot be asked ({type(problem).__name__})", "check the address")


def _whole(found: tuple[bytes, bool]) -> bytes:
    if not found[1]:
        raise _GoneError("an answer that does not say its length", "let the service state Content-Length")
    return found[0]


def _text(found: tuple[bytes, bool]) -> str:
    raw, whole = found
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise _GoneError(f"not UTF-8 text (byte {problem.start})", "check the address") from None
    # without a length only JSON, and a last line that ends, say that nothing is missing
    if not whole and text and text.rstrip()[-1:] not in ("]", "}") and not text.endswith("\n"):
        raise _GoneError(
            "an answer without a length that stops within a line", "let the service state Content-Length"
        )
    return text


def open_url(url: str, *, timeout: float) -> BinaryIO:
    """Open an address; redirects stay on its host and never leave https.

    Parameters
    ----------
    url : str
    timeout : float
        Longest wait for a word [s].
    """
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class SameHost(HTTPRedirectHandler):
        """Follows what stays with the service that was asked."""

        max_redirections = 3

        def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
            """The next request; one to elsewhere is refused."""
            new, old = _split(urljoin(req.full_url, newurl)), urlsplit(req.full_url)
            safe = new is not None and new.hostname == old.hostname and new.scheme in SCHEMES
            if not safe or (new is not None and (old.scheme, new.scheme) == ("https", "http")):
                to = "" if new is None else f" to {new.scheme}://{new.hostname or ''}"
                fp.close()
                raise _GoneError(f"it redirects{to}", "give the final address, if you trust it")
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    request = Request(  # noqa: S310 (the scheme was checked)
        url, headers={"User-Agent": "riskmap", "Accept": "application/json, text/csv, text/plain"}
    )
    answer: BinaryIO = build_opener(SameHost).open(request, timeout=timeout)
    return answer
