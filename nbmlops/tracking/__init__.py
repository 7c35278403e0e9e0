"""Runs while they are open, and afterwards."""
