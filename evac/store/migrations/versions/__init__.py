"""Steps from each version of the registry's tables to the next, for SQLite and PostgreSQL; run by ``evac migrate``."""
