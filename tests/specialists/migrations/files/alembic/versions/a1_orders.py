import sqlalchemy as sa
from alembic import op


def upgrade():
    op.create_table("parcel", sa.Column("id", sa.Integer))
    op.create_index("parcel_id", "parcel", ["id"])
    op.add_column("orders", sa.Column("state", sa.Text, nullable=False))
    op.add_column("orders", sa.Column("kind", sa.Text, nullable=False, server_default="a"))
    op.alter_column("orders", "total", type_=sa.BigInteger())
    op.alter_column("orders", "sum", new_column_name="amount")
    op.alter_column("orders", "note", nullable=False)
    op.create_index("orders_state", "orders", ["state"])
    op.create_index("orders_kind", "orders", ["kind"], postgresql_concurrently=True)
    op.drop_column("orders", "note")
    op.drop_table("basket")


def downgrade():
    pass
