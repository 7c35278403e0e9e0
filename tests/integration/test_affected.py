"""Which notebooks a change touches: what they import, also from beside a module, and what ``%run`` runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbmlops.integration.affected import affected_notebooks

if TYPE_CHECKING:
    from .conftest import GitProject


@pytest.fixture
def project(repository: GitProject) -> GitProject:
    repository.write("pkg/__init__.py", "")
    repository.write("pkg/a.py", "from .b import f\nfrom . import c\nfrom .inner import deep\n")
    repository.write("pkg/b.py", "def f(): ...\n")
    repository.write("pkg/c.py", "")
    repository.write("pkg/inner/__init__.py", "")
    repository.write("pkg/inner/deep.py", "from ..up import g\n")
    repository.write("pkg/up.py", "")
    repository.notebook("imports", "from pkg.a import f")
    repository.write("helper.py", "import other\n")
    repository.write("other.py", "")
    repository.notebook("inner", "import third")
    repository.write("third.py", "")
    repository.notebook("sub/runs", "x = 1\n%run ../helper.py --fast", "%run -i ../inner.ipynb")
    repository.notebook("module", "%run -m pkg.b")
    repository.notebook("tracked", "%%track rf\n%matplotlib inline\nimport other")
    return repository


@pytest.mark.parametrize(
    ("changed", "touched"),
    [
        ("pkg/b.py", {"imports.ipynb", "module.ipynb"}),
        ("pkg/c.py", {"imports.ipynb"}),
        ("pkg/inner/deep.py", {"imports.ipynb"}),
        ("pkg/up.py", {"imports.ipynb"}),
        ("up.py", set()),
        ("b.py", set()),
        ("helper.py", {"sub/runs.ipynb"}),
        ("other.py", {"sub/runs.ipynb", "tracked.ipynb"}),
        ("third.py", {"sub/runs.ipynb", "inner.ipynb"}),
    ],
)
def test_a_change_is_followed_to_the_notebooks(project: GitProject, changed: str, touched: set[str]) -> None:
    notebooks = ["imports.ipynb", "inner.ipynb", "module.ipynb", "sub/runs.ipynb", "tracked.ipynb"]
    assert set(affected_notebooks(project.folder, notebooks, [changed])) == touched
