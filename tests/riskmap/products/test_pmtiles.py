"""Archives of tiles: read back by the format's own reader, and by a slow one for what that does not tell."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pmtiles.tile import Compression, TileType, zxy_to_tileid

from riskmap.errors import DataError
from riskmap.products.pmtiles import FRONT, archive, directory, tile_number
from tests.archives import reader

BOUNDS = (118.0, 27.0, 123.0, 31.0)


@given(st.integers(0, 14), st.data())
@settings(deadline=None)
def test_a_tile_has_the_formats_own_number(zoom: int, data: st.DataObject) -> None:
    x, y = (data.draw(st.integers(0, 2**zoom - 1)) for _ in range(2))
    assert tile_number(zoom, x, y) == zxy_to_tileid(zoom, x, y)


def every_tile(zoom: int) -> list[tuple[int, int, int]]:
    return [(z, x, y) for z in range(zoom + 1) for x in range(2**z) for y in range(2**z)]


@given(
    st.dictionaries(st.sampled_from(every_tile(3)), st.binary(min_size=1, max_size=3), min_size=1),
    st.randoms(),
)
@settings(deadline=None, max_examples=60)
def test_every_tile_is_found_and_no_other(
    tiles: dict[tuple[int, int, int], bytes], random: st.Random
) -> None:
    listed = [(*place, content) for place, content in tiles.items()]
    made = archive(listed, bounds=BOUNDS, metadata={"name": "试"})
    opened = reader(made)
    assert {place: opened.get(*place) for place in every_tile(3)} == {
        place: tiles.get(place) for place in every_tile(3)
    }
    assert opened.metadata() == {"name": "试"}
    random.shuffle(listed)
    assert archive(listed, bounds=BOUNDS, metadata={"name": "试"}) == made


def test_the_header_tells_what_is_inside() -> None:
    tiles = [(2, 3, 1, b"a"), (2, 3, 0, b"a"), (1, 1, 0, b"bc"), (2, 2, 1, b"a")]
    header = reader(archive(tiles, bounds=BOUNDS, metadata={})).header()
    assert header["tile_type"] is TileType.PNG
    assert header["tile_compression"] is header["internal_compression"] is Compression.NONE
    assert (header["min_zoom"], header["max_zoom"], header["clustered"]) == (1, 2, True)
    assert (header["min_lon_e7"], header["min_lat_e7"], header["max_lon_e7"], header["max_lat_e7"]) == tuple(
        round(edge * 1e7) for edge in BOUNDS
    )
    counted = ("addressed_tiles_count", "tile_entries_count", "tile_contents_count", "tile_data_length")
    assert [header[name] for name in counted] == [4, 3, 2, 3]


def test_neighbours_on_the_curve_share_an_entry() -> None:
    alike = [(3, x, y, b"same") for x in range(8) for y in range(8)]
    whole = archive(alike, bounds=BOUNDS, metadata={})
    assert len(whole) < 127 + 30
    assert reader(whole).header()["tile_entries_count"] == 1


@pytest.mark.slow
def test_a_long_directory_has_leaves() -> None:
    tiles = [(7, x, y, f"{x} {y}".encode()) for x in range(128) for y in range(64)]
    made = archive(tiles, bounds=BOUNDS, metadata={})
    opened = reader(made)
    header = opened.header()
    assert header["leaf_directory_length"] > FRONT
    assert header["root_offset"] + header["root_length"] < FRONT
    assert all(opened.get(z, x, y) == content for z, x, y, content in tiles[::41])
    assert opened.get(7, 0, 64) is None


def test_lengths_beyond_a_byte() -> None:
    assert list(directory([(0, 0, 127, 1), (1, 127, 128, 1), (5, 0, 2**21, 3)])) == (
        [3, *(0, 1, 4), *(1, 1, 3), *(127, 128, 1, 128, 128, 128, 1), *(1, 0, 1)]
    )


@pytest.mark.parametrize(("tiles", "word"), [([], "no tile"), ([(1, 0, 0, b"a"), (1, 0, 0, b"b")], "twice")])
def test_nothing_and_a_place_with_two_tiles_are_refused(
    tiles: list[tuple[int, int, int, bytes]], word: str
) -> None:
    with pytest.raises(DataError, match=word):
        archive(tiles, bounds=BOUNDS, metadata={})
