"""Single lines that are said in passing."""

from __future__ import annotations

from typing import Any


def workspace_line(summary: dict[str, Any], experiment: str | None, *, is_new: bool) -> str:
    """Return the one line that ``%load_ext nbmlops`` prints.

    Examples
    --------
    >>> workspace_line({"workspace": "/flights/.nbmlops", "runs": 12, "notice": ""}, "delay", is_new=False)
    'nbmlops: workspace /flights/.nbmlops · experiment delay · 12 runs'
    """
    count = summary["runs"]
    parts = [
        f"nbmlops: {'new ' if is_new else ''}workspace {summary['workspace']}",
        f"experiment {experiment or 'default'}",
        f"{count:,} run{'' if count == 1 else 's'}",
    ]
    return " · ".join(parts) + (f"\nnbmlops: {summary['notice']}" if summary["notice"] else "")
