"""Observations outrank forecasts: gauges, their quality, what they correct, and what they raise at once."""
