"""Where steps run: on this machine, or on a cluster. An engine is an entry point of ``nbmlops.pipeline_engines``."""

from nbmlops.pipelines.engines._protocol import StepEngine, StepWork, engine_for

__all__ = ["StepEngine", "StepWork", "engine_for"]
