"""The workflows for GitHub and GitLab: files that these take, scripts that a shell reads."""

from __future__ import annotations

import ast
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from nbmlops.integration.repository import PIP_CACHE, Repository
from nbmlops.integration.workflows import MARKER

if TYPE_CHECKING:
    from .conftest import GitProject


def scripts_of(document: dict[str, Any]) -> list[str]:
    steps = [step["run"] for job in document.get("jobs", {}).values() for step in job["steps"] if "run" in step]
    job = document.get("nbmlops", {})
    return steps + [line for part in ("before_script", "script", "after_script") for line in job.get(part, [])]


@pytest.mark.parametrize(
    ("host", "file"), [("github", ".github/workflows/nbmlops.yml"), ("gitlab", ".gitlab/nbmlops.yml")]
)
def test_a_workflow_is_yaml_whose_scripts_a_shell_reads(repository: GitProject, host: str, file: str) -> None:
    code, out = repository.run("ci", "init", host)
    assert code == 0
    assert f"wrote {file}" in out
    document = yaml.safe_load(repository.read(file))
    scripts = scripts_of(document)
    assert any("nbmlops ci --out nbmlops-report" in script for script in scripts)
    assert any(MARKER in script for script in scripts)  # the comment of an earlier run is found by it
    for script in scripts:
        subprocess.run(["bash", "-n", "-c", script], check=True)
        for program in re.findall(r"python -c '(.*?)'", script, re.DOTALL):
            ast.parse(program)


def test_github_runs_it_on_pull_requests_with_the_whole_history_and_may_comment(repository: GitProject) -> None:
    repository.run("ci", "init", "github")
    document = yaml.safe_load(repository.read(".github/workflows/nbmlops.yml"))
    assert "pull_request" in document[True]  # YAML 1.1 reads `on` as true; GitHub does not
    assert document["permissions"] == {"contents": "read", "pull-requests": "write"}
    [job] = document["jobs"].values()
    [checkout] = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
    assert checkout["with"]["fetch-depth"] == 0
    [cache] = [step for step in job["steps"] if step.get("uses", "").startswith("actions/cache@")]
    assert cache["with"]["path"] == ".nbmlops"
    # what a pull request may say of itself goes into scripts by variables alone
    assert all("${{" not in script for script in scripts_of(document))


def test_gitlab_runs_it_on_merge_requests_and_keeps_the_report(repository: GitProject) -> None:
    repository.run("ci", "init", "gitlab")
    job = yaml.safe_load(repository.read(".gitlab/nbmlops.yml"))["nbmlops"]
    assert job["rules"][0] == {"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}
    assert job["variables"]["GIT_DEPTH"] == "0"
    assert ".nbmlops/" in job["cache"]["paths"]
    assert job["artifacts"]["when"] == "always"
    assert yaml.safe_load(repository.read(".gitlab-ci.yml")) == {"include": [{"local": ".gitlab/nbmlops.yml"}]}


def test_what_gitlab_keeps_in_the_repository_is_no_change(repository: GitProject) -> None:
    repository.run("ci", "init", "gitlab")
    job = yaml.safe_load(repository.read(".gitlab/nbmlops.yml"))["nbmlops"]
    assert job["variables"]["PIP_CACHE_DIR"] == f"$CI_PROJECT_DIR/{PIP_CACHE}"
    repository.commit("begin")
    for path in job["cache"]["paths"]:
        if path != ".nbmlops/":  # the workspace ignores itself
            repository.write(f"{path}file", "1")
    found = Repository(repository.folder)
    assert found.changed(found.head()) == []


def test_what_is_there_is_not_written_over(repository: GitProject) -> None:
    repository.write(".gitlab-ci.yml", "stages: [test]\n")
    code, out = repository.run("ci", "init", "gitlab")
    assert code == 0
    assert "- local: .gitlab/nbmlops.yml" in out  # what to add is said
    assert repository.read(".gitlab-ci.yml") == "stages: [test]\n"
    repository.write(".gitlab/nbmlops.yml", "mine: 1\n")
    code, _ = repository.run("ci", "init", "gitlab")
    assert code == 1
    assert "is there already" in repository.errors
    assert repository.read(".gitlab/nbmlops.yml") == "mine: 1\n"
    assert repository.run("ci", "init", "gitlab", "--force")[0] == 0
    assert "nbmlops:" in repository.read(".gitlab/nbmlops.yml")
