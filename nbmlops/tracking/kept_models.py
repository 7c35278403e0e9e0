"""The bytes of models that runs fitted: kept with the run, so that the panel and the command line can register them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.capture.observer import strong
from nbmlops.capture.outcome import content_digest
from nbmlops.errors import NbmlopsError
from nbmlops.flavors.keeping import describe_features
from nbmlops.flavors.keeping import keep_model as write_model
from nbmlops.flavors.profiles import training_sample
from nbmlops.records import Artifact
from nbmlops.tracking.checks import check_name

if TYPE_CHECKING:
    from nbmlops.capture.observer import Fit
    from nbmlops.tracking.recorder import Recorder

KIND = "model"
DIGEST_BUDGET = 2_000_000_000


def keep_model(
    recorder: Recorder, run: str, model: Any, name: str, facts: dict[str, Any], max_bytes: int | None = None
) -> Artifact:
    """Write a model to the blobs and note it with its run under ``name``; ``facts`` describe what it was fitted on.

    Raises
    ------
    InvalidInput
        No flavor takes the model, or it is made of classes that cannot be found again.
    """
    kept = write_model(model, recorder.blobs, max_bytes)
    artifact = Artifact(check_name(name, "model"), kept.digest, kept.bytes, "application/zip", KIND)
    recorder.writer.add_artifact(run, artifact, {**facts, "flavor": kept.flavor, "sha256": kept.sha256})
    return artifact


def describe_fit(fit: Fit) -> None:
    """Note signature and sample rows of what a model was fitted on, and let go of the data but for a sample of them."""
    if fit.described is None:
        features, target = strong(fit.features), strong(fit.target)
        fit.described = describe_features(features, target, fit.estimator)
        fit.sample = training_sample(features, target) if fit.described and fit.is_predictor else None
        fit.features = fit.target = None


def keep_fitted(recorder: Recorder, run: str, fit: Fit) -> None:
    """Note a fitted model's content digest now, and its bytes in the background.

    The digest is taken again after the bytes were written: a model that was fitted again in the meantime is not kept.
    """
    name = fit.variable or str(fit.params["model"])
    model = fit.estimator
    if model is None:
        return  # tracked long after it ran: the notebook has let go of it
    describe_fit(fit)
    facts, sample, fit.sample = fit.described or {}, fit.sample, None
    before = fit.digest or content_digest(model, DIGEST_BUDGET)
    recorder.writer.add_facts(run, {"models": {name: before}})

    def keep() -> None:
        try:
            profile = sample.profile() if sample is not None else None
            facts.update({"profile": profile} if profile else {})
            left = recorder.budget_left()
            artifact = keep_model(recorder, run, model, name, {**facts, "object_digest": before}, left)
            if content_digest(model, DIGEST_BUDGET) != before:
                recorder.writer.remove_artifact(run, artifact.name)
                raise NbmlopsError("it was fitted again before its bytes were written")
        except NbmlopsError as error:
            recorder.writer.add_facts(run, {"not_kept": {name: error.message}})

    recorder.background.submit(keep)
