"""Durable check-ins a second, beside scripts on the bare drivers."""
