"""The laptop at a shelter's door: a registry in one file, a barcode scanner, and no network."""
