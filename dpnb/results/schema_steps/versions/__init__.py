"""One module a version; read by Alembic, not imported."""
