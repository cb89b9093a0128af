"""Hazard and risk side by side."""
