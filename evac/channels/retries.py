"""When a delivery that failed is tried again: exponential back-off with jitter, the same for the same seed and key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b


@dataclass(frozen=True)
class Retries:
    """How failed deliveries are tried again.

    Attributes
    ----------
    first, longest : timedelta
        Wait after the first failure, and the longest wait of all. An outage of hours is tried to its end.
    factor : float
        By which the wait grows.
    jitter : float
        Share of the wait that chance may take off, 0 to 1: a hundred letters that failed together do not come again
        together.
    by_hand_after : int
        Failures after which the receiver goes on the call list, while the tries go on.
    rest : timedelta
        For which a channel that stalled is passed over: a hundred letters do not each wait for it.
    seed : int
    """

    first: timedelta = timedelta(seconds=20)
    longest: timedelta = timedelta(minutes=5)
    factor: float = 2.0
    jitter: float = 0.5
    by_hand_after: int = 3
    rest: timedelta = timedelta(seconds=60)
    seed: int = 0

    def wait(self, key: str, failures: int) -> timedelta:
        """Time until the next try.

        Parameters
        ----------
        key : str
            Of the delivery: chance is drawn from seed, key and number.
        failures : int
            Tries that failed, 1 or more.

        References
        ----------
        Brooker (2015), Exponential Backoff And Jitter, AWS Architecture Blog: jitter spreads retries that would otherwise
        come in waves. Here a share of the wait is fixed, so that no receiver is tried at once.

        Examples
        --------
        >>> [round(Retries(jitter=0.0).wait("k", n).total_seconds()) for n in (1, 2, 3, 9)]
        [20, 40, 80, 300]
        """
        power = min(
            failures - 1, 60
        )  # beyond that the wait is the longest anyway, and a float would overflow
        whole = min(self.longest.total_seconds(), self.first.total_seconds() * self.factor**power)
        digest = blake2b(f"{self.seed}|{key}|{failures}".encode(), digest_size=8).digest()
        chance = int.from_bytes(digest, "big") / 2**64
        return timedelta(seconds=whole * (1.0 - self.jitter * chance))
