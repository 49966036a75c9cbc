"""An index that gives each worker the next job of its names, whatever waits for others."""

from alembic import op
from sqlalchemy import text

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Put one index in place of the other, which no claim could use."""
    op.drop_index("ix_jobs_due", "jobs")
    op.create_index(
        "ix_jobs_next",
        "jobs",
        ["name", "priority", "run_at", "id"],
        sqlite_where=text("gave_up_at IS NULL"),
        postgresql_where=text("gave_up_at IS NULL"),
    )
