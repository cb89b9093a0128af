"""The engine's own speed, memory and error: one file a topic, one function a claim."""
