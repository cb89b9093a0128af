"""Other programs on the flood benchmarks' work, run side by side in a Python that has them."""
