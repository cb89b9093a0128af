"""Tiers of 90 counties and 1,400 townships: how fast, how right, and a picture."""
