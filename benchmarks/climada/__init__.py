"""CLIMADA beside us: the same nodes and cells, in one run, each in its own interpreter.

CLIMADA is GPL and no dependency of ours. It is run as a program; what it computes is written down in
``oracle.py`` from the published formulas and its documented behaviour, in our own words.
"""
