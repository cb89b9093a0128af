"""Parts of the benchmark of operations."""
