"""Kinds of official documents, one TOML file each: who issues it, in which form, with which fields and words."""
