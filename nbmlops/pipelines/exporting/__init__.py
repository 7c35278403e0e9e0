"""A pipeline as other orchestrators take it: each of their tasks runs one step, with all that it is to us."""
