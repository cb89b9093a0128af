"""The people of a transfer list: identity numbers, import, duplicates, the door, corrections."""
