"""Rate limits: token buckets in memory, one a device, an address or a code."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

_MOST_KEYS: Final = 100_000
_V6_NETWORK: Final = 64  # bits that one customer holds: buckets a single address would be no limit


class Buckets:
    """Token buckets by key: ``rate`` a second over time, ``burst`` at once.

    Memory is bounded: the key that was used longest ago is forgotten, and begins full again.

    Examples
    --------
    >>> buckets = Buckets(rate=1.0, burst=2.0)
    >>> [buckets.take("a", now=0.0) for _ in range(3)]
    [0.0, 0.0, 1.0]
    >>> buckets.take("a", now=1.0)
    0.0
    """

    def __init__(self, rate: float, burst: float, *, most: int = _MOST_KEYS) -> None:
        self._rate, self._burst, self._most = rate, burst, most
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, *, now: float) -> float:
        """Take one; seconds to wait where there is none, else 0.

        Parameters
        ----------
        now : float
            Seconds of a clock that never goes back.
        """
        level, since = self._levels.pop(key, (self._burst, now))
        level = min(self._burst, level + (now - since) * self._rate)
        wait = 0.0 if level >= 1.0 else (1.0 - level) / self._rate
        self._levels[key] = (level if wait else level - 1.0, now)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)
        return wait

    def wait(self, key: str, *, now: float) -> float:
        """Seconds until there is one to take, which is left there; 0 where there is one."""
        level, since = self._levels.get(key, (self._burst, now))
        return max(0.0, (1.0 - min(self._burst, level + (now - since) * self._rate)) / self._rate)

    def __len__(self) -> int:
        return len(self._levels)


@dataclass(frozen=True)
class Limits:
    """Requests a second and at once; all our own proposal (status D), a bureau sets others.

    Attributes
    ----------
    device, gateway : (rate, burst)
        Of one token; a phone at a door scans one code a second, a kiosk passes on a shelter's.
    address : (rate, burst)
        Of one address without a token (keys, clock).
    wrong : (rate, burst)
        Wrong tokens of one address. From there those that the server does not remember wait then, without being looked up;
        those that it remembers go on.
    lookups, lookups_of_code, lookups_of_all : (rate, burst)
        The public look-up: of one address, about one code, and of everybody together.
    reports, reports_of_all : (rate, burst)
        Reports of danger without a token: of one address, which may be a whole mobile network's, and of everybody together.
    body : int
        Largest body of a request [bytes].
    body_seconds : float
        In which a body must be there.
    header_seconds : float
        In which a request's head must be there.
    lookup_seconds : float
        How long every look-up takes, whatever it finds.
    unknown_seconds : float
        How long an acknowledgement waits for which codes are on no list.
    counts_seconds : float
        How old the sums of a head-count may be.
    """

    device: tuple[float, float] = (20.0, 100.0)
    gateway: tuple[float, float] = (200.0, 1000.0)
    address: tuple[float, float] = (10.0, 100.0)
    wrong: tuple[float, float] = (0.1, 20.0)
    lookups: tuple[float, float] = (1 / 30, 5.0)
    lookups_of_code: tuple[float, float] = (1 / 720, 5.0)
    lookups_of_all: tuple[float, float] = (20.0, 100.0)
    reports: tuple[float, float] = (1 / 60, 10.0)
    reports_of_all: tuple[float, float] = (5.0, 100.0)
    body: int = 1_000_000
    body_seconds: float = 30.0
    header_seconds: float = 10.0
    lookup_seconds: float = 0.3
    unknown_seconds: float = 1.0
    counts_seconds: float = 1.0


@lru_cache(maxsize=5000)
def network(address: str) -> str:
    """What of an address is counted as one: an IPv4 address, or the /64 of an IPv6 one.

    Examples
    --------
    >>> network("2001:db8::1") == network("2001:db8::ffff"), network("192.0.2.1")
    (True, '192.0.2.1')
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return hex(int(found) >> (128 - _V6_NETWORK))
