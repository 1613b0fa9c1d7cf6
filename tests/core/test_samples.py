"""SampleSet and TrainingSet: immutable, checked when made, the same after a trip to the disk."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from synthlift.core.errors import DataError
from synthlift.core.samples import (
    SYNTHETIC,
    Ints,
    SampleSet,
    TrainingSet,
    concatenate,
    write_samples,
)
from synthlift.core.schema import Column, ImageSchema, TableSchema
from synthlift.core.tables import conform

IMAGES = ImageSchema(2, 3, 4, ("a", "b", "c"))
TABLE = TableSchema(
    (
        Column("size", "numeric"),
        Column("rooms", "integer"),
        Column("kind", "categorical", ("flat", "house", "hut")),
        Column("floor", "ordinal", ("low", "high")),
        Column("lift", "boolean"),
        Column("sold", "datetime"),
        Column("note", "categorical", ("", "é🐈", "=1+1", "a\nb", "NaN", "None")),
    ),
    ("a", "b", "c"),
)


def labels_of(n: int) -> Ints:
    return np.arange(n, dtype=np.int64) % 3


def image_set(n: int = 7) -> SampleSet:
    pixels = np.random.default_rng(0).integers(0, 256, (n, *IMAGES.shape), dtype=np.uint8)
    return SampleSet(IMAGES, pixels, labels_of(n), np.arange(n, dtype=np.int64) + 10)


def table_set(n: int = 7) -> SampleSet:
    draw = np.random.default_rng(0)
    kinds = ["flat", None, "house", "flat", "flat", "house", "house"]
    frame = pd.DataFrame(
        {
            "size": [0.1, np.nan, *draw.normal(size=5)],
            "rooms": pd.array([1, None, 3, 4, 5, 6, 2**60], dtype="Int64"),
            "kind": pd.Categorical(kinds, categories=["flat", "house", "hut"]),
            "floor": pd.Categorical(["low"] * 7, categories=["low", "high"], ordered=True),
            "lift": pd.array([True, False, None, True, True, False, True], dtype="boolean"),
            "sold": pd.to_datetime(["2020-01-01", None, *["1969-07-20"] * 5]),
            "note": ["", "é🐈", None, "=1+1", "a\nb", "NaN", "None"],
        }
    )
    rows = np.arange(n, dtype=np.int64)
    frame = conform(frame.iloc[rows % 7], TABLE.columns)
    return SampleSet(TABLE, frame, labels_of(n), rows + 10)


MAKERS = pytest.mark.parametrize("make", [image_set, table_set])
Make = Callable[..., SampleSet]


def assert_equal(a: SampleSet, b: SampleSet) -> None:
    assert a.schema == b.schema
    assert a.labels.tolist() == b.labels.tolist()
    assert a.origin.tolist() == b.origin.tolist()
    if isinstance(a.features, pd.DataFrame):
        assert isinstance(b.features, pd.DataFrame)
        left, right = (s.features.reset_index(drop=True) for s in (a, b))  # type: ignore[union-attr]
        pd.testing.assert_frame_equal(left, right, check_exact=True)
    else:
        np.testing.assert_array_equal(a.images, b.images, strict=True)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


# ---- immutable


@MAKERS
def test_a_field_can_not_be_replaced(make: Make) -> None:
    with pytest.raises(FrozenInstanceError):
        make().labels = labels_of(7)  # type: ignore[misc]


@MAKERS
@pytest.mark.parametrize("name", ["labels", "origin"])
def test_writing_into_labels_and_origin_raises(make: Make, name: str) -> None:
    with pytest.raises(ValueError, match="read-only"):
        getattr(make(), name)[0] = 1


def test_writing_into_images_raises(tmp_path: Path) -> None:
    images = image_set()
    images.save(tmp_path)
    everything = [images, images.take(np.arange(3)), concatenate([images]), images.load(tmp_path)]
    for samples in everything:
        with pytest.raises(ValueError, match="read-only"):
            samples.images[0] = 0


def test_what_is_written_through_a_base_array_does_not_arrive() -> None:
    pixels = np.zeros((9, *IMAGES.shape), np.uint8)
    rows = np.arange(9, dtype=np.int64)
    samples = SampleSet(IMAGES, pixels[:3], rows[:3], rows[:3])
    pixels[:], rows[:] = 9, 2
    assert samples.images.max() == 0
    assert samples.labels.tolist() == [0, 1, 2]


def test_what_is_written_into_the_callers_table_does_not_arrive() -> None:
    frame = table_set().features
    assert isinstance(frame, pd.DataFrame)
    samples = SampleSet(TABLE, frame, labels_of(7), labels_of(7))
    frame.loc[0, "size"] = 99.0
    frame["rooms"] = 0
    assert isinstance(samples.features, pd.DataFrame)
    assert samples.features["size"][0] == 0.1
    assert samples.features["rooms"][0] == 1


def test_weights_can_not_be_written() -> None:
    training = TrainingSet(image_set(), np.ones(7, np.float32))
    with pytest.raises(ValueError, match="read-only"):
        training.weight[0] = 2


# ---- checked when made


@MAKERS
@pytest.mark.parametrize(
    "labels",
    [
        labels_of(6),
        labels_of(8),
        labels_of(7)[:, None],
        labels_of(7).astype(np.int32),
        labels_of(7).astype(np.float64),
        np.full(7, np.nan),
    ],
    ids=lambda labels: f"{labels.dtype}{labels.shape}",
)
@pytest.mark.parametrize("name", ["labels", "origin"])
def test_labels_and_origin_of_another_shape_or_type_are_refused(
    make: Make, name: str, labels: npt.NDArray[np.generic]
) -> None:
    with pytest.raises(DataError, match=rf"{name} must be int64 \(7,\), one for each sample, got"):
        replace(make(), **{name: labels})


@MAKERS
@pytest.mark.parametrize("label", [-1, 3])
def test_a_label_out_of_range_is_refused(make: Make, label: int) -> None:
    labels = labels_of(7)
    labels[4] = label
    with pytest.raises(DataError, match=rf"labels must lie in 0\.\.2, got .*{label}"):
        replace(make(), labels=labels)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((7, 2, 3, 4)),
        np.zeros((7, 2, 4, 3), np.uint8),
        np.zeros((7, 24), np.uint8),
        table_set().features,
    ],
    ids=["float64", "turned", "flat", "table"],
)
def test_images_of_another_shape_or_type_are_refused(pixels: npt.NDArray[np.uint8]) -> None:
    with pytest.raises(DataError, match=r"images must be uint8 \(2, 3, 4\), got"):
        replace(image_set(), features=pixels)


@pytest.mark.parametrize(
    "features",
    [
        image_set().features,
        table_set().features[["size"]],  # type: ignore[call-overload, index]
        table_set().features[[c.name for c in reversed(TABLE.columns)]],  # type: ignore[call-overload, index]
    ],
    ids=["images", "one column", "another order"],
)
def test_a_table_with_other_columns_than_its_schema_is_refused(features: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"the table has the columns .* its schema says"):
        replace(table_set(), features=features)


def test_asking_a_table_for_images_says_what_it_is() -> None:
    with pytest.raises(TypeError, match="a table of 7 columns"):
        _ = table_set().images


def test_weights_of_another_length_are_refused() -> None:
    with pytest.raises(DataError, match="7 rows, but weights of shape"):
        TrainingSet(image_set(), np.ones(6, np.float32))


# ---- take, concatenate, counts, fingerprints


@MAKERS
def test_a_mask_takes_the_same_rows_as_their_positions(make: Make) -> None:
    samples = make()
    rows = np.array([1, 4, 5])
    mask = np.isin(np.arange(7), rows)
    assert samples.take(rows).origin.tolist() == [11, 14, 15]
    assert_equal(samples.take(mask), samples.take(rows))


@MAKERS
def test_taking_keeps_the_order_and_repeats(make: Make) -> None:
    taken = make().take(np.array([5, 0, 5]))
    assert taken.origin.tolist() == [15, 10, 15]
    assert taken.labels.tolist() == [2, 0, 2]
    prints = taken.fingerprints()
    assert prints[0] == prints[2] != prints[1]


@MAKERS
def test_the_parts_of_a_set_concatenate_to_the_whole(make: Make) -> None:
    samples = make()
    for cut in range(8):
        rows = np.arange(7)
        parts = [samples.take(rows[:cut]), samples.take(rows[cut:])]
        assert_equal(concatenate(parts), samples)


@MAKERS
def test_an_empty_set_read_from_disk_changes_nothing_in_a_concatenation(
    make: Make, tmp_path: Path
) -> None:
    make(0).save(tmp_path)
    empty = SampleSet.load(tmp_path)
    assert_equal(concatenate([empty, make(), empty]), make())
    assert len(concatenate([empty, empty])) == 0


def test_sets_of_two_schemas_can_not_be_joined() -> None:
    with pytest.raises(DataError, match=r"images .* and a table .* can't be joined"):
        concatenate([image_set(), table_set()])


@MAKERS
def test_counts_name_every_class(make: Make) -> None:
    assert make().counts().tolist() == [3, 2, 2]
    assert make(2).counts().tolist() == [1, 1, 0]
    assert make(0).counts().tolist() == [0, 0, 0]


@MAKERS
def test_fingerprints_see_the_features_alone_and_all_of_them(make: Make) -> None:
    samples = make()
    other = replace(samples, labels=labels_of(7)[::-1], origin=np.full(7, SYNTHETIC))
    assert (samples.fingerprints() == other.fingerprints()).all()
    assert len(set(samples.fingerprints())) == 7
    assert samples.fingerprints().shape == (7,)
    rows = np.array([6, 2])
    assert (samples.take(rows).fingerprints() == samples.fingerprints()[rows]).all()


@MAKERS
def test_an_empty_set_has_no_fingerprints(make: Make) -> None:
    assert make(0).fingerprints().shape == (0,)


def test_one_changed_pixel_or_cell_changes_its_fingerprint_alone() -> None:
    pixels = image_set().images.copy()
    pixels[3, 1, 2, 3] ^= 1
    frame = table_set().features.copy()
    assert isinstance(frame, pd.DataFrame)
    frame.loc[3, "size"] += 1e-9
    for samples, features in ((image_set(), pixels), (table_set(), frame)):
        changed = replace(samples, features=features).fingerprints() != samples.fingerprints()
        assert np.flatnonzero(changed).tolist() == [3]


def test_fingerprints_survive_the_disk(tmp_path: Path) -> None:
    for make in (image_set, table_set):
        make().save(tmp_path / make.__name__)
        loaded = SampleSet.load(tmp_path / make.__name__)
        assert (loaded.fingerprints() == make().fingerprints()).all()


# ---- disk


@MAKERS
@pytest.mark.parametrize("n", [7, 1])
def test_a_set_survives_the_disk_and_is_written_to_the_same_bytes(
    make: Make, n: int, tmp_path: Path
) -> None:
    samples = make(n)
    samples.save(tmp_path / "first")
    loaded = SampleSet.load(tmp_path / "first")
    loaded.save(tmp_path / "second")
    assert_equal(loaded, samples)
    assert bytes_of(tmp_path / "second") == bytes_of(tmp_path / "first")


@MAKERS
def test_an_empty_set_survives_the_disk(make: Make, tmp_path: Path) -> None:
    make(0).save(tmp_path)
    loaded = SampleSet.load(tmp_path)
    assert len(loaded) == 0
    assert loaded.schema == make().schema


@MAKERS
def test_rows_that_were_taken_are_saved_as_if_they_had_been_alone(
    make: Make, tmp_path: Path
) -> None:
    samples = make().take(np.array([5, 1]))
    samples.save(tmp_path)
    assert_equal(SampleSet.load(tmp_path), samples)


@MAKERS
def test_a_streamed_write_equals_a_write_at_once(make: Make, tmp_path: Path) -> None:
    samples = make()
    samples.save(tmp_path / "once")
    rows = np.split(np.arange(7), [2, 2, 6])
    chunks = (samples.take(r) for r in rows)
    write_samples(tmp_path / "stream", samples.schema, 7, chunks)
    assert bytes_of(tmp_path / "stream") == bytes_of(tmp_path / "once")


@MAKERS
@pytest.mark.parametrize("announced", [6, 8])
def test_a_stream_of_another_length_than_announced_is_refused(
    make: Make, announced: int, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=f"{announced} samples were announced, 7 were written"):
        write_samples(tmp_path, make().schema, announced, [make()])


def test_images_stay_on_disk_until_they_are_touched(tmp_path: Path) -> None:
    image_set().save(tmp_path)
    assert isinstance(SampleSet.load(tmp_path).images, np.memmap)


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    image_set().save(tmp_path)
    np.save(tmp_path / "labels.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        SampleSet.load(tmp_path)


# ---- training sets


def test_a_training_set_counts_real_rows_once_and_synthetic_ones_all() -> None:
    real = image_set()
    drawn = replace(image_set(5), origin=np.full(5, SYNTHETIC))
    weight = np.ones(14, np.float32)
    twice = concatenate([real, real])
    training = TrainingSet(twice, weight, concatenate([drawn, real.take(np.arange(2))]), 0.5)
    assert (training.n_real, training.n_synthetic) == (7, 5)
    assert (TrainingSet(twice, weight).n_real, TrainingSet(twice, weight).n_synthetic) == (7, 0)
    assert training.schema == IMAGES
