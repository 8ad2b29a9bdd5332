"""The rules keep what they have reached on commands of people who had not seen them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.policy import labelled

# What is still judged otherwise, and is known: none of these may become more.
LEAST = {"first": (99.0, 100.0, 99.0, 99.0), "second": (99.0, 100.0, 99.5, 99.0)}
LEAST |= {"third": (98.0, 100.0, 99.0, 98.5), "fourth": (99.0, 100.0, 99.0, 99.0)}


@pytest.mark.parametrize("path", labelled.sets(), ids=lambda path: path.stem)
def test_the_four_figures_of_a_set(path: Path) -> None:
    cases = list(labelled.judged(path))
    assert len(cases) > 900
    found = labelled.figures(cases)
    least = LEAST[path.stem]
    reached = (found.denied, found.stopped, found.asked, found.silent)
    assert all(one >= other for one, other in zip(reached, least, strict=True)), str(found)
    assert found.hindered == 0, str(found)
