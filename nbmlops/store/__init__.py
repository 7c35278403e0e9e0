"""The registry: the only place that speaks SQL."""
