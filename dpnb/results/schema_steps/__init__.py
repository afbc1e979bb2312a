"""How a ledger's schema came to be, one step a version: Alembic carries an older ledger through those that it lacks.

A step only adds: tables, columns, indexes. A row written before stays as it was written, and reads with the new
columns' defaults. Steps say what they add in full and look at nothing else of dpnb's, so that they mean the same for
ever; `dpnb.results.tables` says what all of them come to, and a test holds the two together. A step adds only what is
not there: versions 3, 5 and 7 have been written in more than one shape.

To add a column: one line in `dpnb.results.tables` and one in its record, `SCHEMA_VERSION` raised by one, and a step
here, ``versions/v{version}_{what}.py``. A new column is nullable or has a ``server_default``.
"""
