"""Official documents: what they cost, and their pictures."""
