"""Readiness (备勤): per village what must be in place before anybody is told to move, red or green."""
