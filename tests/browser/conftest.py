"""What several pages are tested before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.evac.web.town import Town, people


@pytest.fixture
def town() -> Iterator[Town]:
    """A town's server with its roster, for the phone page."""
    made = Town(people())
    yield made
    made.stop()
