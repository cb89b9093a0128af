"""Ensembles: how far the bundled members spread and err, and the pictures of docs/concepts/ensembles.md."""
