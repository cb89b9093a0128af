"""How well the 7-, 10- and 12-force radii of a storm are told; the claims are emitted by ``benchmarks.typhoon``."""
