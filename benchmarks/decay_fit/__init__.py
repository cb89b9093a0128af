"""The decay of the wind after landfall, fitted on the bundled Zhejiang storms and judged.

``python -m benchmarks.decay_fit`` prints a table, and writes ``build/bench/decay_fit.json`` and the picture of
``docs/concepts/decay.md``.
"""
