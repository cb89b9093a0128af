"""The page with 90 m tiles: how long it takes to build, how large it is, and CLIMADA's warning map of the same wind."""
