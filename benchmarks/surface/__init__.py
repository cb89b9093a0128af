"""The pictures of docs/concepts/surface.md and inland.md, and the numbers that stand beside them."""
