"""Sensors and grid workers: what is observed, who goes there and comes back, which village is silent, how long it is safe."""
