"""The statistics of two samples, one a file; other packages add theirs by the entry point ``nbmlops.drift_tests``."""
