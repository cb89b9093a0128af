"""The phone page (登记页): static files that a server hands out, and what a phone takes along from there."""
