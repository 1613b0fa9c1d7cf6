"""Splits: disjoint, stratified, the test set fixed or redrawn as the regime says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from omegaconf import OmegaConf

from synthlift.configure import build
from synthlift.core.errors import DataError
from synthlift.core.samples import SampleSet
from synthlift.core.schema import ImageSchema
from synthlift.core.splits import PARTS, Splits
from synthlift.core.store import Place, Store
from synthlift.datasets.base import Source
from synthlift.datasets.digits import Digits
from synthlift.stages.read_dataset import read_dataset
from synthlift.stages.split import Split, SplitParts, apportion, make_splits

YAMLS = sorted((Path(__file__).parents[2] / "conf" / "split").glob("*.yaml"))
FRACTIONS = Split(None, 0.6, None, 0.2, None, 0.2, 0, None, 0)
LABELS = Split(5, 0.6, 10, 0.2, None, 0.2, None, None, 0)


def noise(counts, first=0, seed=0):
    """Rows of each class that differ from one another in every pixel."""
    labels = np.repeat(np.arange(len(counts)), counts)
    np.random.default_rng(seed).shuffle(labels)
    pixels = np.random.default_rng(seed + 1).integers(0, 256, (len(labels), 1, 4, 4))
    schema = ImageSchema(1, 4, 4, tuple("abcdefghijkl"[: len(counts)]))
    origin = np.arange(first, first + len(labels))
    return SampleSet(schema, pixels.astype(np.uint8), labels, origin)


def in_groups(samples, size):
    return samples and replace(samples, group=np.arange(len(samples)) // size)


@dataclass(frozen=True)
class Rows:
    """A dataset of noise with so many rows per class; `official` counts those of its own test set.

    copied: so many rows of the pool stand in it once more, at its end. per_group: neighbouring rows
    that form a group, numbered from 0 in the official test set too.
    """

    counts: tuple[int, ...]
    official: tuple[int, ...] | None = None
    n_test: int | None = None
    copied: int = 0
    per_group: int | None = None
    name: str = "rows"
    augmentation: None = None

    def fingerprint(self):
        return "noise"

    def load(self):
        pool = noise(self.counts)
        if self.copied:
            again = np.arange(len(pool)) % (len(pool) - self.copied)
            pool = replace(pool, features=pool.images[again], labels=pool.labels[again])
        test = noise(self.official, first=len(pool), seed=7) if self.official else None
        if self.per_group:  # rows come in random order, so a group has rows of several classes
            pool, test = (in_groups(part, self.per_group) for part in (pool, test))
        return Source(pool, test)


@pytest.fixture(scope="module")
def draw(tmp_path_factory):
    """The splits of one repeat, as they are read back; all of them in one folder, in turn."""
    folder = tmp_path_factory.mktemp("splits")
    place = Place(folder, folder, lambda done, n: None)

    def in_memory(part):
        return replace(part, features=np.array(part.images))

    def make(dataset, split, repeat=0, seed=0):
        make_splits.write(dataset.load(), dataset.n_test, split, seed, repeat, place=place)
        splits = Splits.load(folder)
        return replace(splits, **{name: in_memory(getattr(splits, name)) for name in PARTS})

    return make


def sizes(splits):
    return [len(getattr(splits, name)) for name in PARTS]


def rows_of(splits):
    return {name: set(getattr(splits, name).origin.tolist()) for name in PARTS}


CASES = [
    (Rows((60, 60)), LABELS),
    (Rows((60, 60)), replace(LABELS, n_test=15, reserve=4)),
    (Rows((20, 20)), replace(LABELS, n_test=6)),
    (Rows((100, 100)), replace(FRACTIONS, train=0.5)),
    (Rows((100, 50)), replace(FRACTIONS, reserve=3, train=0.5)),
    (Rows((40, 40), official=(10, 12)), LABELS),
    (Rows((40, 40), official=(10, 12)), FRACTIONS),
    (Rows((60, 60, 60)), replace(LABELS, imbalance=(9, 3, 1))),
    (Rows((60, 60, 60)), replace(LABELS, n_per_class=9, imbalance=9.0)),
]


@pytest.mark.parametrize(("dataset", "split"), CASES)
def test_no_row_is_in_two_parts_and_none_is_drawn_twice(draw, dataset, split):
    splits = draw(dataset, split)
    for a, b in combinations(rows_of(splits).values(), 2):
        assert not a & b
    assert [len(rows) for rows in rows_of(splits).values()] == sizes(splits)


@pytest.mark.parametrize(("dataset", "split"), CASES)
def test_rows_keep_their_pixels_and_labels(draw, dataset, split):
    source, splits = dataset.load(), draw(dataset, split)
    for name in PARTS:
        part = getattr(splits, name)
        whole = source.test if name == "test" and source.test is not None else source.pool
        known = whole.take(np.searchsorted(whole.origin, part.origin))
        assert (part.images == known.images).all()
        assert (part.labels == known.labels).all()


@pytest.mark.parametrize(("dataset", "split"), CASES)
def test_the_facts_are_those_of_the_parts(draw, dataset, split):
    splits = draw(dataset, split)
    facts = splits.facts
    assert [facts.n_train, facts.n_valid, facts.n_test, facts.n_reserve] == sizes(splits)
    assert facts.train_counts == tuple(splits.train.counts())
    assert facts.duplicates == 0


@pytest.mark.parametrize(("dataset", "split"), CASES)
def test_the_same_seed_and_repeat_give_the_same_rows_and_others_do_not(draw, dataset, split):
    first, again = (draw(dataset, split, repeat=1, seed=3) for _ in range(2))
    assert rows_of(first) == rows_of(again)
    assert [p.origin.tolist() for p in (first.train, first.test)] == [
        p.origin.tolist() for p in (again.train, again.test)
    ]
    assert rows_of(draw(dataset, split, repeat=2, seed=3))["train"] != rows_of(first)["train"]
    assert rows_of(draw(dataset, split, repeat=1, seed=4))["train"] != rows_of(first)["train"]


# regimes


def test_a_large_pool_has_a_test_set_that_no_repeat_redraws(draw):
    repeats = [draw(Rows((60, 60)), LABELS, repeat) for repeat in range(4)]
    assert {s.facts.regime for s in repeats} == {"fixed_test"}
    assert len({s.test.origin.tobytes() for s in repeats}) == 1
    assert len({s.train.origin.tobytes() for s in repeats}) == 4
    assert len({s.valid.origin.tobytes() for s in repeats}) == 4
    assert len(repeats[0].test) == 60, "half of the pool"
    assert repeats[0].facts.n_pool == 60, "the rows that train and valid are drawn from"


def test_the_fixed_test_set_depends_on_its_own_seed_alone(draw):
    dataset = Rows((60, 60))
    assert (
        rows_of(draw(dataset, LABELS))["test"]
        != rows_of(draw(dataset, replace(LABELS, test_seed=1)))["test"]
    )
    one, other = (rows_of(draw(dataset, LABELS, seed=seed)) for seed in (1, 2))
    assert one["test"] == other["test"]
    assert one["train"] != other["train"]
    longer = replace(LABELS, n_per_class=8)
    assert (
        rows_of(draw(Rows((60, 60)), LABELS))["test"]
        == rows_of(draw(Rows((60, 60)), longer))["test"]
    )


def test_a_small_pool_is_redrawn_whole_in_every_repeat(draw):
    dataset, split = Rows((20, 20)), replace(LABELS, n_test=8)
    repeats = [draw(dataset, split, repeat) for repeat in range(4)]
    assert {s.facts.regime for s in repeats} == {"small_pool"}
    for name in ("train", "valid", "test"):
        assert len({getattr(s, name).origin.tobytes() for s in repeats}) == 4
    assert repeats[0].facts.n_pool == 40


@pytest.mark.parametrize(
    ("n", "regime"), [(59, "small_pool"), (60, "fixed_test"), (61, "fixed_test")]
)
def test_the_border_is_three_times_the_rows_to_fit_on(draw, n, regime):
    split = replace(LABELS, n_test=5)  # 10 train rows and 10 valid rows
    assert draw(Rows((n - 30, 30)), split).facts.regime == regime


def test_an_official_test_set_is_taken_whole_and_fixes_the_regime(draw):
    dataset = Rows((12, 12), official=(5, 9))
    repeats = [draw(dataset, LABELS, repeat) for repeat in range(3)]
    assert {s.facts.regime for s in repeats} == {"fixed_test"}
    assert all(s.test.origin.tolist() == list(range(24, 38)) for s in repeats)
    assert repeats[0].facts.n_pool == 24


def test_an_official_test_set_can_be_cut_to_size(draw):
    dataset, split = Rows((20, 20), official=(50, 50)), replace(LABELS, n_test=10)
    repeats = [draw(dataset, split, repeat) for repeat in range(3)]
    assert all(s.test.counts().tolist() == [5, 5] for s in repeats)
    assert len({s.test.origin.tobytes() for s in repeats}) == 1


def test_no_more_than_half_of_a_pool_is_test(draw):
    assert len(draw(Rows((60, 60), n_test=100), LABELS).test) == 60
    with pytest.raises(DataError, match=r"split.n_test=100 asks for too many rows.*60"):
        draw(Rows((60, 60)), replace(LABELS, n_test=100))


def test_the_customary_test_size_of_a_dataset_is_used_unless_another_is_given(draw):
    dataset = Rows((60, 60), n_test=33)
    assert len(draw(dataset, LABELS).test) == 33
    assert len(draw(dataset, replace(LABELS, n_test=20)).test) == 20


# how many


def test_every_class_gets_the_train_rows_asked_for(draw):
    assert draw(Rows((60, 30, 90)), LABELS).train.counts().tolist() == [5, 5, 5]


def test_valid_and_test_rows_follow_the_frequency_of_the_classes(draw):
    splits = draw(Rows((100, 50, 25)), replace(LABELS, n_valid=14, n_test=35))
    assert splits.valid.counts().tolist() == [8, 4, 2]
    assert splits.test.counts().tolist() == [20, 10, 5]


def test_fractions_are_those_of_the_pool(draw):
    splits = draw(Rows((100, 50)), replace(FRACTIONS, train=0.5))
    assert sizes(splits) == [75, 30, 30, 0]
    assert splits.train.counts().tolist() == [50, 25]
    assert splits.test.counts().tolist() == [20, 10]


def test_fractions_may_use_up_the_pool(draw):
    assert sizes(draw(Rows((100, 50)), FRACTIONS)) == [90, 30, 30, 0]


def test_beside_an_official_test_set_train_and_valid_share_the_whole_pool(draw):
    splits = draw(Rows((40, 40), official=(10, 10)), FRACTIONS)
    assert sizes(splits) == [60, 20, 20, 0]


@pytest.mark.parametrize("counts", [(178, 182, 177, 183), (3, 50), (7, 7, 8)])
def test_fractions_that_do_not_divide_the_classes_are_rounded_and_not_refused(draw, counts):
    splits = draw(Rows(counts), FRACTIONS)
    n = sum(counts)
    assert np.abs(np.array(sizes(splits)) - [0.6 * n, 0.2 * n, 0.2 * n, 0]).max() <= 1
    assert np.abs(splits.train.counts() - 0.6 * np.array(counts)).max() <= 1.5


@pytest.mark.parametrize(
    "path",
    YAMLS,
    ids=[path.stem for path in YAMLS],
)
def test_every_split_yaml_splits_the_digits(draw, path):
    split = build(OmegaConf.to_container(OmegaConf.load(path)), "split")
    splits = draw(Digits("digits", None, 797, False, None), split)
    assert (splits.train.counts() > 0).all()
    assert len(splits.valid) > 0
    assert len(splits.test) > 0


def test_reserve_null_takes_twice_as_many_as_train_of_those_that_are_left(draw):
    assert draw(Rows((60, 60)), LABELS).facts.n_reserve == 20
    assert draw(Rows((30, 30)), LABELS).facts.n_reserve == 10, "only ten rows are left over"


def test_reserve_null_takes_none_in_a_small_pool(draw):
    assert draw(Rows((25, 25)), replace(LABELS, n_valid=20, n_test=4)).facts.n_reserve == 0


@pytest.mark.parametrize("n", [0, 7, 30])
def test_reserve_takes_the_rows_asked_for(draw, n):
    splits = draw(Rows((60, 60)), replace(LABELS, reserve=n))
    assert splits.facts.n_reserve == n
    assert abs(int(np.diff(splits.reserve.counts())[0])) <= 1


@pytest.mark.parametrize(("split", "counts"), [
    (replace(LABELS, imbalance=(9, 3, 1)), [9, 3, 1]),
    (replace(LABELS, n_per_class=16, imbalance=4.0), [16, 8, 4]),
    (replace(LABELS, n_per_class=4, imbalance=1.0), [4, 4, 4]),
    (replace(LABELS, n_per_class=4, imbalance=100.0), [4, 1, 1]),
])  # fmt: skip
def test_imbalance_is_a_list_or_a_ratio_that_shrinks_geometrically(draw, split, counts):
    assert draw(Rows((60, 60, 60)), split).train.counts().tolist() == counts


def test_imbalance_leaves_valid_and_test_alone(draw):
    splits = draw(Rows((60, 60, 60)), replace(LABELS, n_valid=12, imbalance=(9, 3, 1)))
    assert splits.valid.counts().tolist() == [4, 4, 4]
    assert splits.test.counts().tolist() == [30, 30, 30]


# duplicates


def test_duplicates_across_the_split_are_counted(draw):
    """Every row stands in the pool twice: many test rows have their double elsewhere."""
    splits = draw(Rows((60, 60), copied=60), replace(LABELS, reserve=0))
    seen = set()
    for name in ("train", "valid", "reserve"):
        seen |= set(getattr(splits, name).fingerprints())
    counted = [print_ in seen for print_ in splits.test.fingerprints()]
    assert splits.facts.duplicates == sum(counted) > 5


def test_duplicates_within_train_alone_are_none_across_the_split(draw):
    dataset = Rows((60, 60), copied=60, official=(10, 10))
    assert draw(dataset, LABELS).facts.duplicates == 0


# refusals


@pytest.mark.parametrize(
    ("dataset", "split", "said"),
    [
        (Rows((60, 4)), LABELS, r"5 train samples of class 'b'.*lower split\.n_per_class"),
        (Rows((60, 60)), replace(LABELS, reserve=200), r"reserve samples of class 'a'.*reserve"),
        (Rows((20, 20)), replace(LABELS, n_valid=39), r"valid samples of class 'a'.*n_valid"),
        (Rows((20, 20)), replace(LABELS, n_test=30), r"test samples of class 'a'"),
        (Rows((20, 0, 20)), LABELS, r"class 'b' has no samples; leave it out"),
        (Rows((20, 20)), replace(LABELS, imbalance=(3, 3, 3)), "lists 3 classes.*has 2"),
        (Rows((20, 20)), replace(LABELS, imbalance=(3, 30)), "30 train samples of class 'b'"),
    ],
)
def test_too_few_rows_are_refused_with_the_class_and_the_remedy(draw, dataset, split, said):
    with pytest.raises(DataError, match=said):
        draw(dataset, split)


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_per_class": 0},
        {"n_valid": 0},
        {"n_test": -1},
        {"reserve": -1},
        {"train": 0.0},
        {"train": 0.9},
        {"imbalance": 0.5},
        {"imbalance": (-1, 3)},
        {"imbalance": (0, 0)},
    ],
)
def test_a_value_out_of_range_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match=f"split.{next(iter(wrong))}"):
        replace(LABELS, **wrong)


# parts


@pytest.mark.parametrize(
    ("n", "counts"), [(10, [50, 30, 21]), (0, [3, 4]), (7, [1, 1, 1]), (9, [9])]
)
def test_rows_are_shared_out_to_the_last_one(n, counts):
    shares = apportion(n, np.array(counts))
    assert shares.sum() == n
    assert np.abs(shares - n * np.array(counts) / sum(counts)).max() < 1


def test_each_part_has_a_key_of_its_own(tmp_path):
    store = Store(tmp_path)
    source = store.run(read_dataset, Rows((60, 60)))
    parts = SplitParts.of(store.run(make_splits, source, None, LABELS, 0, 0))
    keys = [getattr(parts, name).key for name in PARTS]
    assert len(set(keys)) == 4
    assert parts.train.read().counts().tolist() == [5, 5]


# groups

IN_GROUPS = [
    (Rows((60, 60), per_group=3), LABELS),
    (Rows((60, 60), per_group=3), replace(LABELS, reserve=8)),
    (Rows((20, 20), per_group=2), replace(LABELS, n_test=6)),
    (Rows((100, 50), per_group=7), FRACTIONS),
    (Rows((90, 90), official=(10, 12), per_group=4), LABELS),
]


@pytest.mark.parametrize(("dataset", "split"), IN_GROUPS)
@pytest.mark.parametrize("repeat", range(3))
def test_no_group_is_in_two_parts(draw, dataset, split, repeat):
    splits = draw(dataset, split, repeat)
    groups = [set(getattr(splits, name).group.tolist()) for name in PARTS]
    for a, b in combinations(groups, 2):
        assert not a & b
    assert splits.facts.n_groups == sum(map(len, groups)) > 3


def test_with_groups_every_class_has_its_labels(draw):
    splits = draw(Rows((60, 60), per_group=3), LABELS)
    assert splits.train.counts().tolist() == [5, 5]
    assert len(splits.valid) == 10


def test_rows_whose_group_is_in_the_official_test_set_are_left_out_and_counted(draw):
    splits = draw(Rows((90, 90), official=(10, 12), per_group=4), LABELS)
    assert splits.facts.n_barred == 24, "six groups of four, the last of them half full in the test"
    assert splits.facts.n_pool == 180 - 24


def test_groups_too_large_to_share_out_are_refused_in_words(draw):
    with pytest.raises(
        DataError, match=r"samples of class '.', the dataset has \d+ left in whole groups"
    ):
        draw(Rows((60, 60), per_group=60), LABELS)


def test_splits_with_a_group_on_both_sides_are_refused():
    part = in_groups(noise((2, 2)), 4)
    other = replace(part, origin=part.origin + 4)
    none, facts = part.take(np.arange(0)), None
    with pytest.raises(DataError, match="1 groups are in both train and test"):
        Splits(part, none, other, none, facts)
