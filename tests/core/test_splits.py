"""Splits: no row in two parts, whichever way they are made."""

from dataclasses import FrozenInstanceError, replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from synthlift.core.errors import DataError
from synthlift.core.samples import SampleSet, concatenate
from synthlift.core.schema import ImageSchema
from synthlift.core.splits import PARTS, SplitFacts, Splits, load_facts

FACTS = SplitFacts("fixed_test", 20, 4, 2, 6, 0, duplicates=1, train_counts=(2, 2))
ROWS = {"train": [0, 1, 2, 3], "valid": [9, 8], "test": [4, 5, 6, 7, 10, 11], "reserve": [12]}


def rows(origin: list[int]) -> SampleSet:
    pixels = np.array(origin, np.uint8).reshape(-1, 1, 1, 1)
    labels = np.arange(len(origin), dtype=np.int64) % 2
    schema = ImageSchema(1, 1, 1, ("a", "b"))
    return SampleSet(schema, pixels, labels, np.array(origin, np.int64))


def splits() -> Splits:
    return Splits(**{name: rows(origin) for name, origin in ROWS.items()}, facts=FACTS)


def test_disjoint_parts_are_accepted() -> None:
    assert [len(getattr(splits(), name)) for name in PARTS] == [4, 2, 6, 1]


@pytest.mark.parametrize(("a", "b"), list(permutations(PARTS, 2)))
def test_a_row_in_two_parts_is_refused_by_name(a: str, b: str) -> None:
    whole = splits()
    row = ROWS[b][-1]
    with pytest.raises(DataError, match=rf"1 rows are in .*row {row}") as caught:
        replace(whole, **{a: concatenate([getattr(whole, a), rows([row])])})
    assert a in str(caught.value)
    assert b in str(caught.value)


def test_a_leak_on_the_disk_is_refused_when_it_is_read(tmp_path: Path) -> None:
    splits().save(tmp_path)
    rows([0, 5]).save(tmp_path / "test")
    with pytest.raises(DataError, match=r"1 rows are in .*train.*test.* row 0"):
        Splits.load(tmp_path)


def test_a_part_can_not_be_exchanged_afterwards() -> None:
    whole = splits()
    with pytest.raises(FrozenInstanceError):
        whole.train = whole.test  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        whole.train.origin[0] = 4


def test_splits_survive_the_disk(tmp_path: Path) -> None:
    splits().save(tmp_path / "first")
    loaded = Splits.load(tmp_path / "first")
    loaded.save(tmp_path / "second")
    assert loaded.facts == load_facts(tmp_path / "first") == FACTS
    assert {name: getattr(loaded, name).origin.tolist() for name in PARTS} == ROWS
    for path in (p for p in (tmp_path / "first").rglob("*") if p.is_file()):
        other = tmp_path / "second" / path.relative_to(tmp_path / "first")
        assert other.read_bytes() == path.read_bytes()


def test_an_empty_reserve_is_a_part_like_any_other(tmp_path: Path) -> None:
    whole = replace(splits(), reserve=rows([]))
    whole.save(tmp_path)
    assert len(Splits.load(tmp_path).reserve) == 0
