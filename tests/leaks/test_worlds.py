"""Whatever is fitted, drawn, measured or chosen is the same when all test rows are others: images.

No list of ways in: a study is run in two worlds that differ in their test rows alone, and what the
stages store must be byte for byte the same, but for the scores.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthlift.core.store import Store
from synthlift.experiment import run

pytestmark = pytest.mark.usefixtures("quick_disk")


@pytest.fixture(scope="module")
def two_worlds(study, with_test, cpu, tmp_path_factory):
    """The same study twice, in stores of their own: in the second all test rows are others."""
    worlds = []
    for altered in (False, True):
        store = Store(tmp_path_factory.mktemp("world"))
        run(replace(study, dataset=with_test(study.dataset, altered)), store, cpu)
        worlds.append(store.root)
    return worlds


def test_other_test_rows_change_nothing_that_is_trained_drawn_or_measured(
    two_worlds, artifacts, blind_stage
):
    plain, altered = (artifacts(root, blind_stage) for root in two_worlds)
    assert plain
    assert plain == altered


def test_other_test_rows_change_what_is_scored(two_worlds, artifacts):
    plain, altered = (artifacts(root, "predict") for root in two_worlds)
    assert len(plain) == len(altered) == 8
    assert not set(plain) & set(altered)


@pytest.mark.parametrize("part", ["train", "valid", "reserve"])
def test_other_test_rows_change_no_other_part_of_the_split(two_worlds, contents, part):
    plain, altered = (part_of(contents, root, part) for root in two_worlds)
    assert plain == altered
    assert part_of(contents, two_worlds[0], "test") != part_of(contents, two_worlds[1], "test")


def part_of(contents, root, name):
    (folder,) = (f for f in (root / "make_splits").iterdir() if f.is_dir())
    return contents(folder / name)
