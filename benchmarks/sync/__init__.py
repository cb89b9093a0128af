"""Registries without a network: their picture, and how fast a bundle is written and taken in."""
