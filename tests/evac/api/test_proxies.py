"""Whose word for a client's address is taken: that of the proxies that were named, and nobody else's."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from evac.api.app import create_app
from evac.api.serving import require_proxies
from evac.store.memory import MemoryStore
from evac.store.tokens import MemoryTokens
from riskmap.errors import ConfigError
from tests.evac.api.desks import NO_LIMITS
from tests.evac.api.servers import answer_of, thread


def statuses(port: int, *forwarded: str) -> list[int]:
    """Of one request each, on a line of its own, from this machine, with what it says of where it came from."""
    found = []
    for said in forwarded:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            head = f"GET /v1/clock HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {said}\r\n\r\n"
            line.sendall(head.encode())
            found.append(answer_of(line)[0])
    return found


@pytest.mark.parametrize(
    ("proxies", "answered"),
    [
        ((), [200, 429, 429, 429]),  # nobody is believed: all are this machine
        (("10.9.9.9",), [200, 429, 429, 429]),  # another one is
        (("127.0.0.1",), [200, 200, 429, 429]),  # the newest entry counts, whatever a client wrote before it
        (("127.0.0.0/8",), [200, 200, 429, 429]),
    ],
)
def test_the_address_is_taken_from_a_named_proxy_alone(proxies: tuple[str, ...], answered: list[int]) -> None:
    limits = replace(NO_LIMITS, address=(0.001, 1.0))
    app = create_app(MemoryStore(), tokens=MemoryTokens(), limits=limits)
    with thread(app, limits, proxies=proxies) as port:
        assert statuses(port, "192.0.2.1", "192.0.2.2", "192.0.2.1", "198.51.100.7, 192.0.2.2") == answered


@pytest.mark.parametrize("proxy", ["*", "nginx.county.lan", "0.0.0.0/0", "::/0", "", "127.0.0.1, 10.0.0.1"])
def test_a_proxy_is_named_by_its_address(proxy: str) -> None:
    with pytest.raises(ConfigError, match="not the address of a proxy"):
        require_proxies(["127.0.0.1", proxy])
