"""The graph of notebooks, inferred from what they read and wrote."""

from nbmlops.pipelines.inferring.inferred import Inferred, infer_pipeline
from nbmlops.pipelines.inferring.merging import merge_into

__all__ = ["Inferred", "infer_pipeline", "merge_into"]
