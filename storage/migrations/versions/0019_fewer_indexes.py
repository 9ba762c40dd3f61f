"""Reports and the inbox with the indexes that something is found by, and no others: each one that
is kept makes every report that comes in take longer.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

REFERS = sa.text("refers_to IS NOT NULL")


def upgrade() -> None:
    """Put one index of the inbox in place of two, and make those of reports fewer and smaller."""
    with op.batch_alter_table("inbox") as inbox:
        inbox.drop_index("ix_inbox_place_id")
        inbox.drop_constraint("uq_inbox_report_id_place_id", type_="unique")
        inbox.create_unique_constraint("uq_inbox_place_id_report_id", ["place_id", "report_id"])
    op.drop_index("ix_reports_place_id_occurred_at", "reports")
    op.drop_index("ix_reports_refers_to", "reports")
    op.create_index(
        "ix_reports_refers_to",
        "reports",
        ["refers_to"],
        sqlite_where=REFERS,
        postgresql_where=REFERS,
    )
