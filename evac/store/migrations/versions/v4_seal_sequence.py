"""The chain found by the number of an event: a region's feed asks where each of its people's events stands."""

from __future__ import annotations

from alembic import op

revision = "4"
down_revision = "3"


def upgrade() -> None:
    """Make the index."""
    op.create_index(op.f("ix_seal_sequence"), "seal", ["sequence"], unique=False)


def downgrade() -> None:
    """Drop it."""
    op.drop_index(op.f("ix_seal_sequence"), table_name="seal")
