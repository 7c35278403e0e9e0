"""Runs proven again: replayed in a fresh process that can do no harm, compared, and the difference explained."""
