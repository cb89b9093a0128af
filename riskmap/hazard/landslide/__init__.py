"""Geo-hazard of slopes (地质灾害: 滑坡、泥石流): susceptibility, grade, stability, mapped points and zones."""
