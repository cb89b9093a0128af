"""What alembic runs: the connection comes from ``evac.store.migrating``."""

from __future__ import annotations

from alembic import context

from evac.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite alters a table by making it anew
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
