"""What Alembic runs: the migrations on the connection it was given, in the transaction that connection has open."""

from alembic import context

from relay.storage import feedback_schema as _feedback_schema  # noqa: F401 (adds its tables)
from relay.storage import joined_schema as _joined_schema  # noqa: F401 (adds its table)
from relay.storage import log_schema as _log_schema  # noqa: F401 (adds its tables)
from relay.storage import recordings_schema as _recordings_schema  # noqa: F401 (adds its tables)
from relay.storage import review_schema as _review_schema  # noqa: F401 (adds its tables)
from relay.storage.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
