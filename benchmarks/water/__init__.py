"""What ``benchmarks.flood`` measures: one topic a module, each gives the records of its claims."""
