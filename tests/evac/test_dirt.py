"""The map of codewords that the benchmark of dirty codes counts by, and what is read of them."""

from __future__ import annotations

import random
from functools import reduce

import numpy as np
import pytest

from benchmarks.check_ins.codes import code, share_read
from benchmarks.check_ins.dirt import CLAIM, PLACES, Harm, doubtful, soiled, within_reach, wrong_codewords


def times(a: int, b: int) -> int:
    """Product in GF(256) of QR codes, x^8 + x^4 + x^3 + x^2 + 1."""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = a << 1 ^ (0x11D if a & 0x80 else 0)
        b >>= 1
    return product


def test_every_codeword_stands_where_the_map_says() -> None:
    _, modules = code(random.Random(1))
    unmasked = modules ^ (np.arange(41) % 3 == 0)[None, :]  # mask 2
    bits: dict[int, list[int]] = {}
    up = True
    for right in (*range(40, 6, -2), *range(5, 0, -2)):
        for row in range(40, -1, -1) if up else range(41):
            for x in (right, right - 1):
                if PLACES[row, x] >= 0:
                    bits.setdefault(int(PLACES[row, x]), []).append(int(unmasked[row, x]))
        up = not up
    assert [len(bits[n]) for n in range(172)] == [8] * 172
    words = [int("".join(map(str, bits[n])), 2) for n in range(172)]
    for block in range(4):
        message = words[block::4]
        for root in range(16):  # a code word of Reed and Solomon is zero at all sixteen roots
            power = reduce(times, [2] * root, 1)
            assert reduce(lambda value, word: times(value, power) ^ word, message, 0) == 0


def test_dirt_within_reach_is_within_reach_and_covers_what_it_should() -> None:
    rng = random.Random(2)
    _, modules = code(rng)
    clean = soiled(modules, Harm(), rng, reach=False)
    assert wrong_codewords(doubtful(modules, clean)) == [0, 0, 0, 0]
    kept, loose = (doubtful(modules, soiled(modules, CLAIM, rng, reach=reach)) for reach in (True, False))
    assert within_reach(kept, 6)
    assert max(wrong_codewords(kept)) == 6  # the dirt takes what it may
    assert not within_reach(loose)


@pytest.mark.parametrize(
    ("harm", "reach"), [(CLAIM, True), (Harm(blur=0.3, turn=True, tilt=0.08, contrast=0.5), False)]
)
def test_harmed_codes_are_read(harm: Harm, reach: bool) -> None:
    assert share_read(harm, 25, reach=reach) >= 0.9


def test_what_is_beyond_the_level_is_not_read() -> None:
    assert share_read(Harm(dirt=0.3, opaque=True), 10, reach=False) == 0
