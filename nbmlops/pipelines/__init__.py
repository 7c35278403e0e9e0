"""Pipelines: notebooks as steps, run in the order of what they read and write."""
