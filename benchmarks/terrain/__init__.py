"""Terrain: what filling, directions and drainage cost, and the pictures of their pages."""
