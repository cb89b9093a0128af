"""Measurements behind the claims; apart from the tests, since time differs from machine to machine."""
