"""The number of the newest migration, in a file of its own: the migrations bring sqlite-utils, and that brings pandas.

It is kept in ``PRAGMA user_version``, so that an up-to-date registry opens without either.
"""

LATEST = 10
