"""Slopes: the picture of the concept page, and how fast a province is graded."""
