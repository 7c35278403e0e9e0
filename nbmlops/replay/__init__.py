"""Runs proven again: replayed in a fresh process that can do no harm, compared, and the difference explained."""

REPEATS = 3
"""With how many seeds ``why`` replays each mixture, for its intervals."""
