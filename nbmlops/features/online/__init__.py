"""The online store: features by key in microseconds, from the same definitions as training sets."""
