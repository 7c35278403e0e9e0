"""Judging data before a model is trained, and a model against the one it is to replace."""
