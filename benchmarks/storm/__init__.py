"""How a storm becomes wind on a grid, drawn."""
