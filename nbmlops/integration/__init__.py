"""Continuous integration: what a commit changed is run again and compared with its base; models are checked for use."""
