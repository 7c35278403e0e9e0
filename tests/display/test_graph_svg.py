from nbmlops.display.graph_svg import graph_svg


def test_steps_that_run_alone_are_drawn_without_those_they_need() -> None:
    """A member of a sweep that is run by ``--only`` needs steps that are not among those that run."""
    looks = {name: ("●", "run", name) for name in ("train[depth=3]", "train[depth=6]", "test")}
    needs = {"train[depth=3]": ("clean",), "train[depth=6]": ("clean",), "test": ("train[depth=3]", "load")}
    drawn = graph_svg(needs, looks)
    assert "graph of 3 steps" in drawn
    assert drawn.count("<rect") == 3
    assert drawn.count("<path") == 1
