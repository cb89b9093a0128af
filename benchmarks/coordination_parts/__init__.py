"""Evacuation coordination: shelter plans beside bare solvers, clearance, deadlines, the cockpit."""
