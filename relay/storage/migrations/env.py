"""What Alembic runs: the migrations on the connection it was given, in the transaction that connection has open."""

from alembic import context

from relay.storage.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
