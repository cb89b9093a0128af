"""The storm on a grid: how it is modelled, its vortex at each instant, and hour by hour what it brings to every cell.

``model`` the choices · ``nodes`` numbers of the storm at some instants · ``fitted`` the vortex through quadrant radii ·
``vortex`` its tables · ``swath`` the hours of a grid · ``exact`` what the tables are measured against.
"""
