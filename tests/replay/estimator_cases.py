"""Estimators and utilities of scikit-learn as cells that people write: unseeded, searched, in pipelines, in threads."""

from __future__ import annotations

SETUP = [
    "import numpy as np\nimport pandas as pd\nfrom sklearn.base import clone",
    "from sklearn.datasets import load_iris, make_classification, make_regression, make_blobs\n"
    "X, y = load_iris(return_X_y=True)\n"
    "Xc, yc = make_classification(200, 8)\n"
    "Xr, yr = make_regression(200, 6, noise=3.0)",
]

_MODELS = {
    "LogisticRegression": "from sklearn.linear_model import LogisticRegression\nm = LogisticRegression(max_iter=300)",
    "LogisticRegression_saga": "from sklearn.linear_model import LogisticRegression\n"
    "m = LogisticRegression(solver='saga', max_iter=500, tol=1e-2)",
    "RidgeClassifier": "from sklearn.linear_model import RidgeClassifier\nm = RidgeClassifier()",
    "SGDClassifier": "from sklearn.linear_model import SGDClassifier\nm = SGDClassifier()",
    "Perceptron": "from sklearn.linear_model import Perceptron\nm = Perceptron(shuffle=True)",
    "SVC": "from sklearn.svm import SVC\nm = SVC()",
    "LinearSVC": "from sklearn.svm import LinearSVC\nm = LinearSVC()",
    "KNeighbors": "from sklearn.neighbors import KNeighborsClassifier\nm = KNeighborsClassifier()",
    "DecisionTree": "from sklearn.tree import DecisionTreeClassifier\nm = DecisionTreeClassifier(max_features=2)",
    "ExtraTree": "from sklearn.tree import ExtraTreeClassifier\nm = ExtraTreeClassifier()",
    "RandomForest": "from sklearn.ensemble import RandomForestClassifier\nm = RandomForestClassifier(20)",
    "RandomForest_2_threads": "from sklearn.ensemble import RandomForestClassifier\n"
    "m = RandomForestClassifier(20, n_jobs=2)",
    "ExtraTrees": "from sklearn.ensemble import ExtraTreesClassifier\nm = ExtraTreesClassifier(20)",
    "GradientBoosting": "from sklearn.ensemble import GradientBoostingClassifier\n"
    "m = GradientBoostingClassifier(n_estimators=10, subsample=0.7)",
    "HistGradientBoosting": "from sklearn.ensemble import HistGradientBoostingClassifier\n"
    "m = HistGradientBoostingClassifier(max_iter=10)",
    "AdaBoost": "from sklearn.ensemble import AdaBoostClassifier\nm = AdaBoostClassifier(n_estimators=10)",
    "Bagging": "from sklearn.ensemble import BaggingClassifier\nm = BaggingClassifier(n_estimators=5)",
    "Voting": "from sklearn.ensemble import VotingClassifier\nfrom sklearn.tree import DecisionTreeClassifier\n"
    "from sklearn.naive_bayes import GaussianNB\n"
    "m = VotingClassifier([('a', DecisionTreeClassifier()), ('b', GaussianNB())])",
    "Stacking": "from sklearn.ensemble import StackingClassifier\nfrom sklearn.tree import DecisionTreeClassifier\n"
    "from sklearn.naive_bayes import GaussianNB\n"
    "m = StackingClassifier([('a', DecisionTreeClassifier()), ('b', GaussianNB())])",
    "GaussianNB": "from sklearn.naive_bayes import GaussianNB\nm = GaussianNB()",
    "LDA": "from sklearn.discriminant_analysis import LinearDiscriminantAnalysis\nm = LinearDiscriminantAnalysis()",
    "MLP": "from sklearn.neural_network import MLPClassifier\nm = MLPClassifier((8,), max_iter=300, tol=1e-1)",
    "GaussianProcess": "from sklearn.gaussian_process import GaussianProcessClassifier\n"
    "m = GaussianProcessClassifier(n_restarts_optimizer=1)",
    "Dummy": "from sklearn.dummy import DummyClassifier\nm = DummyClassifier(strategy='stratified')",
}
_REGRESSORS = {
    "Ridge": "from sklearn.linear_model import Ridge\nm = Ridge()",
    "Lasso_random": "from sklearn.linear_model import Lasso\nm = Lasso(selection='random')",
    "ElasticNetCV": "from sklearn.linear_model import ElasticNetCV\nm = ElasticNetCV(cv=3)",
    "RANSAC": "from sklearn.linear_model import RANSACRegressor\nm = RANSACRegressor()",
    "SGDRegressor": "from sklearn.linear_model import SGDRegressor\nm = SGDRegressor()",
    "SVR": "from sklearn.svm import SVR\nm = SVR()",
    "RandomForestRegressor": "from sklearn.ensemble import RandomForestRegressor\nm = RandomForestRegressor(20)",
    "HistGBR": "from sklearn.ensemble import HistGradientBoostingRegressor\n"
    "m = HistGradientBoostingRegressor(max_iter=10)",
    "IsotonicRegression": "from sklearn.isotonic import IsotonicRegression\nm = IsotonicRegression()\n"
    "Xr = Xr[:, 0].copy()",
}
_OTHERS = {
    "KMeans": "from sklearn.cluster import KMeans\nm = KMeans(3, n_init=2).fit(X)\nlabels = m.predict(X)",
    "MiniBatchKMeans": "from sklearn.cluster import MiniBatchKMeans\n"
    "labels = MiniBatchKMeans(3, n_init=2).fit_predict(X)",
    "SpectralClustering": "from sklearn.cluster import SpectralClustering\n"
    "labels = SpectralClustering(3).fit_predict(X)",
    "DBSCAN": "from sklearn.cluster import DBSCAN\nlabels = DBSCAN().fit_predict(X)",
    "GaussianMixture": "from sklearn.mixture import GaussianMixture\n"
    "g = GaussianMixture(3).fit(X)\nlabels = g.predict(X)",
    "PCA_randomized": "from sklearn.decomposition import PCA\nZ = PCA(2, svd_solver='randomized').fit_transform(X)",
    "NMF": "from sklearn.decomposition import NMF\nW = NMF(2, init='random', max_iter=300, tol=1e-2).fit_transform(X)",
    "TSNE": "from sklearn.manifold import TSNE\nZ = TSNE(init='random', max_iter=250).fit_transform(X[:60])",
    "IsolationForest": "from sklearn.ensemble import IsolationForest\n"
    "flags = IsolationForest(n_estimators=20).fit_predict(X)",
    "RandomProjection": "from sklearn.random_projection import GaussianRandomProjection\n"
    "Z = GaussianRandomProjection(2).fit_transform(X)",
    "Nystroem": "from sklearn.kernel_approximation import Nystroem\nZ = Nystroem(n_components=5).fit_transform(X)",
    "QuantileTransformer": "from sklearn.preprocessing import QuantileTransformer\n"
    "Z = QuantileTransformer(n_quantiles=20, subsample=100).fit_transform(X)",
    "train_test_split": "from sklearn.model_selection import train_test_split\na, b, c, d = train_test_split(X, y)",
    "shuffle_resample": "from sklearn.utils import resample, shuffle\ns = shuffle(X, y)[0]\nr = resample(X)",
    "ShuffleSplit": "from sklearn.model_selection import ShuffleSplit\n"
    "parts = [train.tolist() for train, test in ShuffleSplit(2).split(X)]",
    "cross_val_score": "from sklearn.model_selection import cross_val_score\n"
    "from sklearn.tree import DecisionTreeClassifier\nscores = cross_val_score(DecisionTreeClassifier(), X, y)",
    "cross_val_2_workers": "from sklearn.model_selection import cross_val_score\n"
    "from sklearn.linear_model import LogisticRegression\n"
    "scores = cross_val_score(LogisticRegression(max_iter=300), X, y, n_jobs=2)",
    "permutation_importance": "from sklearn.inspection import permutation_importance\n"
    "from sklearn.naive_bayes import GaussianNB\n"
    "found = permutation_importance(GaussianNB().fit(X, y), X, y, n_repeats=2).importances_mean",
    "GridSearch": "from sklearn.model_selection import GridSearchCV\nfrom sklearn.tree import DecisionTreeClassifier\n"
    "search = GridSearchCV(DecisionTreeClassifier(), {'max_depth': [1, 2]}, cv=3).fit(X, y)\n"
    "best_score = search.best_score_",
    "RandomizedSearch": "from sklearn.model_selection import RandomizedSearchCV\nfrom scipy.stats import uniform\n"
    "from sklearn.linear_model import RidgeClassifier\n"
    "search = RandomizedSearchCV(RidgeClassifier(), {'alpha': uniform(0, 9)}, n_iter=3).fit(X, y)",
    "HalvingGridSearch": "from sklearn.experimental import enable_halving_search_cv\n"
    "from sklearn.model_selection import HalvingGridSearchCV\nfrom sklearn.tree import DecisionTreeClassifier\n"
    "search = HalvingGridSearchCV(DecisionTreeClassifier(), {'max_depth': [1, 2, 3]}).fit(X, y)",
    "Pipeline": "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n"
    "from sklearn.ensemble import RandomForestClassifier\n"
    "pipe = make_pipeline(StandardScaler(), RandomForestClassifier(10)).fit(X, y)\naccuracy = pipe.score(X, y)",
    "ColumnTransformer": "from sklearn.compose import ColumnTransformer\n"
    "from sklearn.preprocessing import OneHotEncoder\n"
    "frame = pd.DataFrame({'k': list('abab'), 'v': [1., 2., 3., 4.]})\n"
    "Z = ColumnTransformer([('k', OneHotEncoder(), ['k'])], remainder='passthrough').fit_transform(frame)",
    "SimpleImputer": "from sklearn.impute import SimpleImputer\n"
    "Z = SimpleImputer().fit_transform(np.where(X > 5, np.nan, X))",
    "IterativeImputer": "from sklearn.experimental import enable_iterative_imputer\n"
    "from sklearn.impute import IterativeImputer\n"
    "Z = IterativeImputer(sample_posterior=True, max_iter=2).fit_transform(np.where(X > 6, np.nan, X))",
    "TfidfVectorizer": "from sklearn.feature_extraction.text import TfidfVectorizer\n"
    "Z = TfidfVectorizer().fit_transform(['late flight', 'early flight', 'no flight at all'])",
    "SelectKBest_mutual_info": "from sklearn.feature_selection import SelectKBest, mutual_info_classif\n"
    "Z = SelectKBest(mutual_info_classif, k=2).fit_transform(X, y)",
    "CalibratedClassifier": "from sklearn.calibration import CalibratedClassifierCV\n"
    "from sklearn.naive_bayes import GaussianNB\np = CalibratedClassifierCV(GaussianNB()).fit(X, y).predict_proba(X)",
    "seeded_default_rng": "rng = np.random.default_rng(7)\ndraws = rng.normal(size=5)",
    "RandomState_object": "from sklearn.ensemble import RandomForestClassifier\n"
    "rs = np.random.RandomState(3)\nm = RandomForestClassifier(5, random_state=rs).fit(X, y)",
    "python_random": "import random\npicked = random.sample(range(1000), 5)",
    "pandas_sample": "sampled = pd.DataFrame(X).sample(10)",
}

_FIT = "\nm.fit(X, y)\naccuracy = m.score(X, y)\npredicted = m.predict(X)"
_FIT_REGRESSOR = "\nm.fit(Xr, yr)\nr2 = m.score(Xr, yr)\npredicted = m.predict(Xr)"

IDENTICAL: dict[str, str] = {
    **{name: code + _FIT for name, code in _MODELS.items()},
    **{name: code + _FIT_REGRESSOR for name, code in _REGRESSORS.items()},
    **_OTHERS,
}
"""Name to the cell; every one replays to the last bit."""

DIVERGED: dict[str, tuple[str, str]] = {
    "unseeded_default_rng": ("rng2 = np.random.default_rng()\nnoise = rng2.normal(size=3)", "without a seed"),
    "unseeded_RandomState": ("noise = np.random.RandomState().normal(size=3)", "without a seed"),
    "hash_order": ("words = list({f'w{i}' for i in range(50)})", "hash order"),
    "os_urandom": ("import os\nkey = int.from_bytes(os.urandom(4), 'big')", "urandom"),
    "draws_in_workers": (
        "from joblib import Parallel, delayed\n"
        "def draw():\n    import numpy\n    return float(numpy.random.rand())\n"
        "drawn = Parallel(n_jobs=2)(delayed(draw)() for _ in range(2))",
        "worker",
    ),
}
"""Name to the cell and a word of the warning that stands in its card; its replay names *randomness*."""
