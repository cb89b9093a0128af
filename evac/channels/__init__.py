"""Channels: one attempt at a delivery, whatever the way; the switchboard chooses the way, retries, and sends nothing twice."""
