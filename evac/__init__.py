"""evac: transfer lists, safety codes, check-ins, head-counts."""
