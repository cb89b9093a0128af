"""The page as a server hands it out: policy, tags, and nothing beside the three files."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from evac.api.app import create_app
from evac.api.gate import route_of
from evac.cockpit.shell import LIVE_POLICY
from evac.store.memory import MemoryStore
from evac.store.tokens import MemoryTokens


@pytest.fixture
def client() -> TestClient:
    return TestClient(create_app(MemoryStore(), tokens=MemoryTokens()))


def test_the_page_comes_without_a_token_under_its_policy(client: TestClient) -> None:
    answer = client.get("/cockpit/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == LIVE_POLICY
    assert answer.headers["x-frame-options"] == "DENY"
    assert "geolocation=()" in answer.headers["permissions-policy"]
    assert client.get("/cockpit", follow_redirects=False).headers["location"] == "/cockpit/"


def test_a_browser_that_has_a_file_is_told_so(client: TestClient) -> None:
    first = client.get("/cockpit/cockpit.js")
    assert first.headers["content-type"].startswith("text/javascript")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/cockpit/cockpit.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


@pytest.mark.parametrize("name", ["main.js", "index.html", "../shell.py", "%2e%2e/shell.py", "x/y"])
def test_nothing_else_is_handed_out(client: TestClient, name: str) -> None:
    answer = client.get(f"/cockpit/{name}")
    assert answer.status_code == 404
    assert "evac" not in answer.text


def test_the_log_of_requests_has_one_word_for_the_page() -> None:
    assert route_of("/cockpit/") == route_of("/cockpit/cockpit.js") == "/cockpit"
    assert route_of("/cockpitx") == "other"
