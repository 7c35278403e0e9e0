"""Small data and a zoo of fitted models."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def rows():
    generator = np.random.default_rng(0)
    return generator.normal(size=(60, 4))


@pytest.fixture(scope="session")
def target(rows):
    return (rows[:, 0] + rows[:, 1] > 0).astype(int)


@pytest.fixture(scope="session")
def frame(rows):
    result = pd.DataFrame(rows, columns=list("abcd"))
    result["city"] = pd.Categorical(np.where(rows[:, 2] > 0, "rome", "oslo"))
    return result
