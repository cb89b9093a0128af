"""The ground: what it lifts (``relief``), where water gathers and runs (``depressions``, ``breaching``, ``flow_direction``, ``drainage``), how steep it is.

Everything but ``relief`` works on elevation models of metres to 90 m cells; see ``docs/concepts/terrain.md``.
"""
