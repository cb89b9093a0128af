"""After-action review (复盘): what happened, from the logs alone, and what those who were served thought of it."""
