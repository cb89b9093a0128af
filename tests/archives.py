"""PMTiles archives read by the format's own package."""

from __future__ import annotations

import gzip

from pmtiles.reader import Reader
from pmtiles.tile import deserialize_header


def reader(made: bytes) -> Reader:
    """Reader of an archive whose directories are plain.

    The package takes every directory for gzipped, whatever the header says, so they are gzipped on the way to it.
    """
    header = deserialize_header(made[:127])
    tiles, about = header["tile_data_offset"], header["metadata_offset"]

    def get(offset: int, length: int) -> bytes:
        piece = made[offset : offset + length]
        return gzip.compress(piece) if 0 < offset < tiles and offset != about else piece

    return Reader(get)
