"""Coast: surge, waves and sea walls of In-Fa, on the bundled chart; figures and pictures of the concept pages."""
