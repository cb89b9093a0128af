"""Registries without a network: signed bundles by file, merged in any order into one state."""
