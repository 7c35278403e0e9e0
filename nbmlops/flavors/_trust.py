"""Which types a skops file may hold, beyond those that skops itself trusts; every name stands here.

Tier 1, ``DATA_ONLY``: Python classes and pure functions whose state is data. Building and using them runs
nothing that the file chose, whatever the file holds.

Tier 2, ``NATIVE``: compiled structures that trust their own content. A crafted file could make them read
outside of their memory, so they are built only from bytes that this registry wrote (the caller has checked
their digest).

Anything else needs ``allow_code=True``.
"""

from __future__ import annotations


def _in(module: str, names: str) -> frozenset[str]:
    return frozenset(f"{module}.{name}" for name in names.split())


_KERNELS = (
    "CompoundKernel ConstantKernel DotProduct Exponentiation ExpSineSquared Hyperparameter Matern "
    "PairwiseKernel Product RBF RationalQuadratic Sum WhiteKernel"
)
_SPLITTERS = (
    "GroupKFold GroupShuffleSplit KFold LeaveOneGroupOut LeaveOneOut LeavePGroupsOut LeavePOut "
    "PredefinedSplit RepeatedKFold RepeatedStratifiedKFold ShuffleSplit StratifiedGroupKFold "
    "StratifiedKFold StratifiedShuffleSplit TimeSeriesSplit _CVIterableWrapper"
)
_CLASSIFICATION = (
    "accuracy_score balanced_accuracy_score brier_score_loss cohen_kappa_score f1_score fbeta_score "
    "hamming_loss jaccard_score log_loss matthews_corrcoef precision_score recall_score zero_one_loss"
)
_RANKING = "average_precision_score dcg_score label_ranking_average_precision_score ndcg_score roc_auc_score"
_REGRESSION = (
    "d2_absolute_error_score explained_variance_score max_error mean_absolute_error "
    "mean_absolute_percentage_error mean_gamma_deviance mean_pinball_loss mean_poisson_deviance "
    "mean_squared_error mean_squared_log_error median_absolute_error r2_score root_mean_squared_error "
    "root_mean_squared_log_error"
)
_METRICS = "Euclidean SEuclidean Manhattan Chebyshev Minkowski Mahalanobis Hamming Canberra BrayCurtis"
_MORE_METRICS = (
    "Jaccard Haversine Dice RogersTanimoto RussellRao SokalMichener SokalSneath Yule Matching Kulsinski WMinkowski"
)
_LOSSES = (
    "AbsoluteError ExponentialLoss HalfBinomialLoss HalfGammaLoss HalfMultinomialLoss HalfPoissonLoss "
    "HalfSquaredError HalfTweedieLoss HalfTweedieLossIdentity HuberLoss PinballLoss"
)
_SGD_LOSSES = "EpsilonInsensitive Hinge Huber Log ModifiedHuber SquaredEpsilonInsensitive SquaredHinge SquaredLoss"

DATA_ONLY: frozenset[str] = frozenset().union(
    _in("functools", "partial"),  # what it calls is audited beside it
    _in("numpy", "dtype mean median sum prod min max amin amax std var ptp clip nan_to_num ravel abs round"),
    _in("numpy", "nanmean nanmedian nansum nanmin nanmax nanstd nanvar"),
    _in("scipy.sparse._csr", "csr_matrix csr_array"),
    _in("scipy.sparse._csc", "csc_matrix csc_array"),
    _in("scipy.sparse._coo", "coo_matrix coo_array"),
    _in("sklearn.calibration", "_CalibratedClassifier _SigmoidCalibration"),
    _in("sklearn.cluster._bisect_k_means", "_BisectingTree"),
    _in("sklearn.compose._column_transformer", "make_column_selector"),
    _in("sklearn.feature_selection._mutual_info", "mutual_info_classif mutual_info_regression"),
    _in("sklearn.feature_selection._univariate_selection", "chi2 f_classif f_oneway f_regression r_regression"),
    _in("sklearn.gaussian_process._gpc", "_BinaryGaussianProcessClassifierLaplace"),
    _in("sklearn.gaussian_process.kernels", _KERNELS),
    _in("sklearn.metrics._classification", _CLASSIFICATION),
    _in("sklearn.metrics._ranking", _RANKING),
    _in("sklearn.metrics._regression", _REGRESSION),
    _in("sklearn.metrics._scorer", "_MultimetricScorer _PassthroughScorer _Scorer _BaseScorer _CurveScorer"),
    _in("sklearn.model_selection._split", _SPLITTERS),
    _in("sklearn.multiclass", "_ConstantPredictor"),
    _in("sklearn.neural_network._stochastic_optimizers", "AdamOptimizer SGDOptimizer"),
    _in("sklearn.preprocessing._function_transformer", "_identity"),
    _in("sklearn.utils._bunch", "Bunch"),
    _in("sklearn.utils.validation", "check_array"),
    _in("sklearn.utils._encode", "MissingValues _nandict"),
    _in("sklearn.utils._metadata_requests", "MetadataRequest MethodMetadataRequest"),
)

NATIVE: frozenset[str] = frozenset().union(
    _in("scipy._lib.array_api_compat.numpy._aliases", "asarray"),
    _in("scipy.interpolate._bsplines", "BSpline"),
    _in("sklearn._loss._loss", " ".join(f"Cy{name}" for name in _LOSSES.split())),
    _in("sklearn._loss.loss", _LOSSES),
    _in("sklearn.cluster._kmeans", "_kmeans_single_elkan _kmeans_single_lloyd"),
    _in("sklearn.ensemble._hist_gradient_boosting.predictor", "TreePredictor"),
    _in("sklearn.linear_model._sgd_fast", _SGD_LOSSES),
    *(
        _in("sklearn.metrics._dist_metrics", " ".join(f"{name}Distance{bits}" for name in names.split()))
        for names in (_METRICS, _MORE_METRICS)
        for bits in ("", "32", "64")
    ),
    _in("sklearn.neighbors._ball_tree", "BallTree BallTree32 BallTree64 newObj"),
    _in("sklearn.neighbors._kd_tree", "KDTree KDTree32 KDTree64 newObj"),
    _in("sklearn.tree._tree", "Tree"),
)


def allowed_types(*, verified: bool) -> frozenset[str]:
    """Return the names that a file may hold beyond skops' own, for bytes that were verified or not.

    Examples
    --------
    >>> "sklearn.tree._tree.Tree" in allowed_types(verified=False)
    False
    >>> "sklearn.tree._tree.Tree" in allowed_types(verified=True)
    True
    """
    return DATA_ONLY | NATIVE if verified else DATA_ONLY
