"""How fast and how tight the inundation solver is."""
