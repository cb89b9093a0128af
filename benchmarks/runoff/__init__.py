"""Runoff, soil water and flash floods: speed, and the pictures of their pages."""
