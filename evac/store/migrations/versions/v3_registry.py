"""The registry as it was first: everything in columns, people sealed.

Frozen: later versions change the tables by steps of their own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = None

# fmt: off


def upgrade() -> None:
    """Make the tables."""
    op.create_table('alias',
    sa.Column('code', sa.LargeBinary(), nullable=False),
    sa.Column('other', sa.LargeBinary(), nullable=False)
    )
    op.create_index(op.f('ix_alias_code'), 'alias', ['code'], unique=False)
    op.create_index(op.f('ix_alias_other'), 'alias', ['other'], unique=False)
    op.create_table('change',
    sa.Column('county', sa.Text(), nullable=False),
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('state', sa.SmallInteger(), nullable=False),
    sa.Column('stay', sa.SmallInteger(), nullable=True),
    sa.Column('due', sa.SmallInteger(), nullable=False),
    sa.Column('place', sa.Text(), nullable=False, comment='of stay; empty for who has none'),
    sa.Column('n', sa.Integer(), nullable=False)
    )
    op.create_table('event',
    sa.Column('sequence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('event_id', sa.LargeBinary(), nullable=False),
    sa.Column('code', sa.LargeBinary(), nullable=False),
    sa.Column('kind', sa.SmallInteger(), nullable=False),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('counter', sa.BigInteger(), nullable=False),
    sa.Column('device_at', sa.BigInteger(), nullable=False, comment='microseconds since 1970 UTC'),
    sa.Column('trusted_at', sa.BigInteger(), nullable=False, comment='microseconds since 1970 UTC'),
    sa.Column('mode', sa.SmallInteger(), nullable=False),
    sa.Column('extra', sa.Text(), nullable=True, comment='what this kind alone carries, as JSON'),
    sa.Column('received_at', sa.BigInteger(), nullable=False, comment='microseconds since 1970 UTC'),
    sa.Column('previous', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment="the person's event before this one, by receipt: a path from standing.last back"),
    sa.Column('link', sa.LargeBinary(), nullable=True, comment='of the chain, where the store seals as it stores'),
    sa.PrimaryKeyConstraint('sequence'),
    sa.UniqueConstraint('event_id')
    )
    op.create_index('event_aside', 'event', ['kind', 'sequence'], unique=False, sqlite_where=sa.text('kind >= 100'), postgresql_where=sa.text('kind >= 100'))
    op.create_table('label',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_table('person',
    sa.Column('code', sa.LargeBinary(), nullable=False),
    sa.Column('short_code', sa.Text(), nullable=False),
    sa.Column('household', sa.Text(), nullable=False),
    sa.Column('county', sa.Text(), nullable=False),
    sa.Column('village', sa.Text(), nullable=False),
    sa.Column('village_name', sa.Text(), nullable=False),
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('stay', sa.Text(), nullable=False),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('vulnerability', sa.Text(), nullable=False),
    sa.Column('transport', sa.Text(), nullable=False),
    sa.Column('vessel', sa.Text(), nullable=False),
    sa.Column('printed', sa.Boolean(), nullable=False),
    sa.Column('signed', sa.LargeBinary(), nullable=False),
    sa.Column('identity', sa.Text(), nullable=True, comment='keyed pseudonym of an identity number'),
    sa.Column('told', sa.LargeBinary(), nullable=False, comment='name, helper, phone, sex, year of birth and private destination, sealed'),
    sa.Column('label', sa.Text(), nullable=False, comment='SYNTHETIC for invented people'),
    sa.PrimaryKeyConstraint('code'),
    sa.UniqueConstraint('short_code')
    )
    op.create_index(op.f('ix_person_identity'), 'person', ['identity'], unique=False)
    op.create_index(op.f('ix_person_village'), 'person', ['village'], unique=False)
    op.create_table('seal',
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False, comment='in the chain, without gaps'),
    sa.Column('sequence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False, comment='microseconds since 1970 UTC'),
    sa.Column('digest', sa.LargeBinary(), nullable=False, comment='of the event'),
    sa.Column('link', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('position')
    )
    op.create_table('shelter',
    sa.Column('shelter_id', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('county', sa.Text(), nullable=False),
    sa.Column('town', sa.Text(), nullable=False),
    sa.Column('level', sa.Text(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('area_m2', sa.Float(), nullable=True),
    sa.Column('longitude', sa.Float(), nullable=True),
    sa.Column('latitude', sa.Float(), nullable=True),
    sa.Column('label', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('shelter_id')
    )
    op.create_table('standing',
    sa.Column('code', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.SmallInteger(), nullable=False),
    sa.Column('county', sa.Text(), nullable=False),
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('at_door', sa.SmallInteger(), nullable=False),
    sa.Column('due', sa.SmallInteger(), nullable=False),
    sa.Column('stay', sa.SmallInteger(), nullable=True),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('verified', sa.SmallInteger(), nullable=False),
    sa.Column('round', sa.SmallInteger(), nullable=False),
    sa.Column('notified', sa.SmallInteger(), nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=True),
    sa.Column('idle', sa.Integer(), nullable=False),
    sa.Column('moves', sa.SmallInteger(), nullable=False),
    sa.Column('trusted_at', sa.BigInteger(), nullable=True, comment='with the next three: key of the newest event'),
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('counter', sa.BigInteger(), nullable=False),
    sa.Column('event_id', sa.LargeBinary(), nullable=False),
    sa.Column('plain', sa.SmallInteger(), nullable=False),
    sa.Column('last', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='the newest event by receipt, from which the path leads back'),
    sa.PrimaryKeyConstraint('code'),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_standing_county'), 'standing', ['county'], unique=False)
    op.create_index('standing_moved', 'standing', ['county'], unique=False, sqlite_where=sa.text('moves > 0'), postgresql_where=sa.text('moves > 0'))


def downgrade() -> None:
    """There is nothing before."""
    raise NotImplementedError("there is no earlier version: restore a backup")
