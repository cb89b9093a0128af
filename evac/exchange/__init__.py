"""People of an emergency told to other registries, and people sought by others: PFIF, EDXL, a queue for people to decide."""
