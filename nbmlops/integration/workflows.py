"""The files that make GitHub and GitLab run ``nbmlops ci`` on every change, and show its report there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nbmlops.errors import AlreadyExists, InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

Host = Literal["github", "gitlab"]
HOSTS: tuple[Host, ...] = ("github", "gitlab")
GITHUB_FILE = ".github/workflows/nbmlops.yml"
GITLAB_FILE = ".gitlab/nbmlops.yml"
GITLAB_ROOT = ".gitlab-ci.yml"
MARKER = "<!-- nbmlops-report -->"
"""The first line of a report: by it the comment of an earlier run is found and written anew."""

_GITHUB = """\
# Written by: nbmlops ci init github
name: nbmlops

on:
  pull_request:
  push:
    branches: [main, master]

permissions:
  contents: read
  pull-requests: write # the report is a comment

concurrency:
  group: nbmlops-${{ github.ref }}
  cancel-in-progress: true

jobs:
  notebooks:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0 # the report compares with where the branches parted
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
          cache: pip
          cache-dependency-path: |
            requirements*.txt
            pyproject.toml
      - name: Install
        run: |
          python -m pip install 'nbmlops[ci]'
          if [ -f requirements.txt ]; then python -m pip install -r requirements.txt; fi
      - name: Keep what has not changed from run to run
        uses: actions/cache@v4
        with:
          path: .nbmlops
          key: nbmlops-${{ runner.os }}-${{ github.run_id }}-${{ github.run_attempt }}
          restore-keys: nbmlops-${{ runner.os }}-
      - name: Run what changed, compare, judge
        run: nbmlops ci --out nbmlops-report
      - name: Keep the report
        if: ${{ !cancelled() }}
        uses: actions/upload-artifact@v4
        with:
          name: nbmlops-report
          path: nbmlops-report
          if-no-files-found: ignore
      - name: Comment on the pull request
        if: ${{ !cancelled() && github.event_name == 'pull_request' }}
        continue-on-error: true # a fork's token may not write
        env:
          GH_TOKEN: ${{ github.token }}
          NUMBER: ${{ github.event.pull_request.number }}
        run: |
          report=nbmlops-report/nbmlops-report.md
          [ -f "$report" ] || exit 0
          comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"
          mine=$(gh api "$comments" --paginate \\
            --jq '.[] | select(.body | startswith("<!-- nbmlops-report -->")) | .id' | head -n 1)
          if [ -n "$mine" ]; then
            gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$mine" -F "body=@$report" --silent
          else
            gh api --method POST "$comments" -F "body=@$report" --silent
          fi
"""

_GITLAB = """\
# Written by: nbmlops ci init gitlab
# The report becomes a note of the merge request where the project has a masked variable NBMLOPS_GITLAB_TOKEN: a project
# access token with the scope api. The token of a job (CI_JOB_TOKEN) may not write notes.
nbmlops:
  image: python:3.12
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  variables:
    GIT_DEPTH: "0" # the report compares with where the branches parted
    PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip
  cache:
    key: nbmlops
    paths:
      - .nbmlops/
      - .cache/pip/
    when: always
  before_script:
    - python -m pip install 'nbmlops[ci]'
    - if [ -f requirements.txt ]; then python -m pip install -r requirements.txt; fi
  script:
    - nbmlops ci --out nbmlops-report
  after_script:
    - |
      report=nbmlops-report/nbmlops-report.md
      if [ -n "$NBMLOPS_GITLAB_TOKEN" ] && [ -n "$CI_MERGE_REQUEST_IID" ] && [ -f "$report" ]; then
        notes="$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"
        mine=$(curl --silent --fail --header "PRIVATE-TOKEN: $NBMLOPS_GITLAB_TOKEN" "$notes?per_page=100" | python -c '
      import json, sys
      found = [n["id"] for n in json.load(sys.stdin) if n["body"].startswith("<!-- nbmlops-report -->")]
      print(found[0] if found else "")')
        method=POST
        if [ -n "$mine" ]; then method=PUT; notes="$notes/$mine"; fi
        curl --silent --show-error --fail --output /dev/null --request "$method" \\
          --header "PRIVATE-TOKEN: $NBMLOPS_GITLAB_TOKEN" --data-urlencode "body@$report" "$notes" || true
      fi
  artifacts:
    when: always
    expose_as: nbmlops report
    paths:
      - nbmlops-report/
"""
_INCLUDE = "include:\n  - local: .gitlab/nbmlops.yml\n"


@dataclass(frozen=True)
class Written:
    """Files that were written, and what is left to do by hand."""

    files: tuple[str, ...]
    todo: str = ""


def write_workflow(host: str, root: Path, *, force: bool = False) -> Written:
    """Write the workflow of a host into a repository.

    For GitLab that is a file of its own; ``.gitlab-ci.yml`` is written where there is none, and includes it. One that
    is there is never changed: what to add to it is said.

    Parameters
    ----------
    host : {"github", "gitlab"}
        Whose.
    root : Path
        The repository's folder.
    force : bool
        Write over the workflow that is there.

    Raises
    ------
    InvalidInput
        Another host.
    AlreadyExists
        The file is there.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> write_workflow("github", pathlib.Path(tempfile.mkdtemp())).files
    ('.github/workflows/nbmlops.yml',)
    """
    if host not in HOSTS:
        raise InvalidInput(f"there is no workflow for {host!r}.", f"There are {', '.join(HOSTS)}.")
    name, text = (GITHUB_FILE, _GITHUB) if host == "github" else (GITLAB_FILE, _GITLAB)
    file = root / name
    if file.exists() and not force:
        raise AlreadyExists(f"{name} is there already.", "Write it anew: --force")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    if host == "github":
        return Written((name,))
    top = root / GITLAB_ROOT
    if not top.exists():
        top.write_text(_INCLUDE, encoding="utf-8")
        return Written((name, GITLAB_ROOT))
    if GITLAB_FILE in top.read_text(encoding="utf-8"):
        return Written((name,))
    return Written((name,), f"add to {GITLAB_ROOT}:\n{_INCLUDE}")
