"""Pipelines that start by themselves: by the clock, by what changed, by what happened."""
