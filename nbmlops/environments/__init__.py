"""The environments of runs: what was installed, how it differs from here, and how to have it again."""

from nbmlops.environments.environments import Environments

__all__ = ["Environments"]
