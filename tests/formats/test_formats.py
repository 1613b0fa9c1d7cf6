"""Every format reads back to what was written, chunk by chunk, and holds no more than a chunk."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image
from torchvision.datasets import ImageFolder as TorchvisionFolder

from synthlift.core.samples import SYNTHETIC, SampleSet
from synthlift.core.schema import Column, ImageSchema, TableSchema
from synthlift.core.tables import conform
from synthlift.formats.base import class_entries, write_classes
from synthlift.formats.card import Facts, summary
from synthlift.formats.columns import describe_columns
from synthlift.formats.csv import Csv
from synthlift.formats.imagefolder import ImageFolder
from synthlift.formats.npz import Npz
from synthlift.formats.parquet import Parquet

pytestmark = pytest.mark.usefixtures("quick_disk")
FORMATS = [ImageFolder(), Npz(), Csv(), Parquet()]
COLUMNS = (
    Column("age", "integer"),
    Column("=income", "numeric"),
    Column("job", "categorical", ("clerk", "=cmd")),
    Column("label", "boolean"),
)
TABLE = TableSchema(COLUMNS, ("no", "@yes"))


def chunks_of(samples, size):
    return [samples.take(np.arange(i, min(i + size, len(samples)))) for i in range(0, 12, size)]


@pytest.fixture(params=[1, 3])
def samples(request, images):
    return images(6, (8, 9), channels=request.param)


@pytest.fixture
def rows():
    features = pd.DataFrame(
        {
            "age": [1, 2, 3, 4],
            "=income": [-1.5, np.nan, 0.25, 1e9],
            "job": pd.Categorical(["clerk", None, "=cmd", "clerk"]),
            "label": [True, False, True, True],
        }
    )
    features = conform(features, TABLE.columns)
    return SampleSet(TABLE, features, np.array([0, 1, 0, 1]), np.full(4, SYNTHETIC))


def hwc(samples):
    pixels = samples.images.transpose(0, 2, 3, 1)
    return pixels[..., 0] if samples.schema.channels == 1 else pixels


def test_a_folder_of_images_is_read_by_torchvision(samples, tmp_path):
    ImageFolder().write(tmp_path, samples.schema, 12, chunks_of(samples, 5))
    read = TorchvisionFolder(str(tmp_path), loader=lambda path: np.asarray(Image.open(path)))
    assert read.classes == ["a", "b"]
    assert len(read) == 12
    for label in (0, 1):
        ours = hwc(samples)[samples.labels == label]
        theirs = np.stack([image for image, y in read if y == label])
        assert (ours == theirs).all()


def test_metadata_names_every_file_with_its_label_in_the_order_drawn(samples, tmp_path):
    ImageFolder().write(tmp_path, samples.schema, 12, chunks_of(samples, 5))
    with (tmp_path / "metadata.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [int(row["label"]) for row in table] == samples.labels.tolist()
    read = [np.asarray(Image.open(tmp_path / row["file_name"])) for row in table]
    assert (np.stack(read) == hwc(samples)).all()


def test_an_npz_is_read_by_numpy_without_pickle(samples, tmp_path):
    Npz().write(tmp_path, samples.schema, 12, chunks_of(samples, 5))
    with np.load(tmp_path / "data.npz", allow_pickle=False) as read:
        assert set(read) == {"images", "labels", "class_names"}
        assert read["images"].dtype == np.uint8
        assert (read["images"] == hwc(samples)).all()
        assert read["labels"].dtype == np.int64
        assert (read["labels"] == samples.labels).all()
        assert read["class_names"].tolist() == ["a", "b"]
    assert [p.name for p in tmp_path.iterdir()] == ["data.npz"]


def test_an_npz_is_read_by_the_dataset_of_this_package(samples, tmp_path, compose):
    from synthlift.configure import build

    Npz().write(tmp_path, samples.schema, 12, chunks_of(samples, 5))
    config = compose("dataset=npz", f"dataset.path={tmp_path / 'data.npz'}")
    pool = build(config["dataset"], "dataset").load().pool
    assert (pool.images == samples.images).all()
    assert (pool.labels == samples.labels).all()
    assert pool.schema.classes == samples.schema.classes


def test_a_csv_of_images_has_a_column_per_pixel(samples, tmp_path):
    Csv().write(tmp_path, samples.schema, 12, chunks_of(samples, 5))
    read = pd.read_csv(tmp_path / "data.csv")
    assert read["label"].tolist() == samples.labels.tolist()
    assert (read.filter(like="pixel").to_numpy() == hwc(samples).reshape(12, -1)).all()


def test_a_parquet_of_images_is_as_hugging_face_has_them(samples, tmp_path):
    Parquet().write(tmp_path, samples.schema, 12, chunks_of(samples, 5))
    read = pq.read_table(tmp_path / "data.parquet")
    assert read["label"].to_pylist() == samples.labels.tolist()
    pictures = [Image.open(io.BytesIO(row["bytes"])) for row in read["image"].to_pylist()]
    assert (np.stack([np.asarray(picture) for picture in pictures]) == hwc(samples)).all()
    told = json.loads(read.schema.metadata[b"huggingface"])["info"]["features"]
    assert told["image"] == {"_type": "Image"}
    assert told["label"] == {"_type": "ClassLabel", "names": ["a", "b"]}


def test_a_parquet_of_a_table_has_its_own_columns_and_the_class_by_name(rows, tmp_path):
    parts = [rows.take(np.array([1])), rows.take(np.array([0, 2, 3]))]  # first only missing ones
    Parquet().write(tmp_path, TABLE, 4, parts)
    read = pd.read_parquet(tmp_path / "data.parquet")
    assert list(read) == ["age", "=income", "job", "label", "label_"]
    assert read["label_"].tolist() == ["@yes", "no", "no", "@yes"]
    assert read["age"].tolist() == [2, 1, 3, 4]
    assert read["job"].isna().tolist() == [True, False, False, False]
    assert read["job"].dropna().tolist() == ["clerk", "=cmd", "clerk"]


@pytest.fixture
def mixed():
    """Rows with every kind of column, missing cells in each."""
    columns = (
        Column("x", "numeric"),
        Column("n", "integer"),
        Column("job", "categorical", ("NA", "clerk", 'é, "x"')),
        Column("grade", "ordinal", ("low", "high")),
        Column("member", "boolean"),
        Column("born", "datetime"),
        Column("seen", "datetime"),
    )
    cells = {
        "x": [0.1, None, 1e300],
        "n": pd.array([2**60 + 1, None, -5], dtype="Int64"),
        "job": ["NA", None, 'é, "x"'],
        "grade": ["low", None, "high"],
        "member": [True, None, False],
        "born": pd.to_datetime(["1650-02-03", None, "9999-12-31"]),
        "seen": pd.to_datetime(["2020-01-01 00:00:01", None, "2020-01-01 00:00:00"]),
    }
    schema = TableSchema(columns, ("no", "yes"))
    table = conform(pd.DataFrame(cells), columns)
    return SampleSet(schema, table, np.array([0, 1, 0]), np.full(3, SYNTHETIC))


@pytest.mark.parametrize("size", [1, 3])
def test_tables_are_read_back_as_they_were_drawn(mixed, tmp_path, size):
    parts = [mixed.take(np.arange(i, min(i + size, 3))) for i in range(0, 3, size)]
    Csv().write(tmp_path, mixed.schema, 3, parts)
    Parquet().write(tmp_path, mixed.schema, 3, parts)
    types = {"n": "Int64", "member": "boolean"}
    text = pd.read_csv(tmp_path / "data.csv", keep_default_na=False, na_values=[""], dtype=types)
    for date in ("born", "seen"):
        text[date] = pd.to_datetime(text[date]).astype("datetime64[us]")
    for read in (text, pd.read_parquet(tmp_path / "data.parquet")):
        assert read.pop("label").tolist() == ["no", "yes", "no"]
        assert read.dtypes[["n", "member", "born"]].tolist() == ["Int64", "boolean", "M8[us]"]
        pd.testing.assert_frame_equal(conform(read, mixed.schema.columns), mixed.table)


def test_dates_of_a_csv_show_the_time_of_day_only_where_there_is_one(mixed, tmp_path):
    Csv().write(tmp_path, mixed.schema, 3, [mixed])
    with (tmp_path / "data.csv").open(newline="", encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    assert [row["born"] for row in read] == ["1650-02-03", "", "9999-12-31"]
    assert [row["seen"] for row in read] == ["2020-01-01 00:00:01", "", "2020-01-01 00:00:00"]


@pytest.mark.parametrize("form", [Csv(), Parquet()])
def test_a_table_takes_no_more_room_than_was_said(mixed, tmp_path, form):
    many = mixed.take(np.arange(3_000) % 3)
    form.write(tmp_path, mixed.schema, 3_000, [many])
    written = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert written <= form.n_bytes(mixed.schema, 3_000) + 2**20


def test_the_card_of_a_table_describes_its_columns_and_speaks_of_no_images(mixed):
    many = replace(mixed.schema.columns[2], levels=tuple(map(str, range(30))))
    schema = replace(mixed.schema, columns=(*mixed.schema.columns[:2], many) * 40)
    text = "\n".join(describe_columns(schema))
    assert "30" in text
    assert "Another 20 columns" in text
    text = "\n".join(describe_columns(mixed.schema))
    assert "low \\< high" in text
    for form in (Csv(), Parquet()):
        assert "image" not in form.reading(schema)
    assert "dataset.target=label" in Csv().reading(schema)


def test_no_cell_of_a_csv_of_a_table_is_taken_for_a_formula(rows, tmp_path):
    Csv().write(tmp_path, TABLE, 4, [rows])
    with (tmp_path / "data.csv").open(newline="") as file:
        read = list(csv.reader(file))
    assert read[0] == ["age", "'=income", "job", "label", "label_"]
    assert read[1] == ["1", "-1.5", "clerk", "True", "no"]
    assert read[2] == ["2", "", "", "False", "'@yes"]
    assert read[3][2] == "'=cmd"


@pytest.mark.parametrize("form", [Csv(), Parquet()])
def test_croissant_finds_each_column_under_the_name_that_the_file_gives_it(rows, tmp_path, form):
    form.write(tmp_path, TABLE, 4, [rows])
    (path,) = tmp_path.iterdir()
    read = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    _, (samples,) = form.croissant(tmp_path, TABLE)
    assert [f["source"]["extract"]["column"] for f in samples["field"]] == list(read.columns)
    assert samples["field"][1]["name"] == "=income"


def test_the_card_says_where_validation_rows_chose_the_generator():
    facts = Facts("toy", 2, 0, 0, 9, (5, 4), "ab", 0, {}, {"selection": None}, "", "", {}, "2026")
    assert "no validation row was used to train it." in summary(facts, TABLE)
    assert "chose" not in summary(facts, TABLE)
    chosen = replace(facts, recipe={"selection": {"every": 250}})
    assert "Validation rows chose" in summary(chosen, TABLE)


def test_formats_of_images_refuse_a_table_and_the_others_take_it():
    refused = {f.name: f.check(TABLE) for f in FORMATS}
    assert refused["csv"] is refused["parquet"] is None
    assert "holds images, but the run draws rows of a table" in refused["imagefolder"]
    assert "holds images" in refused["npz"]


def test_pictures_of_two_channels_fit_where_no_png_is_needed():
    odd = ImageSchema(2, 8, 8, ("a", "b"))
    assert [f.name for f in FORMATS if f.check(odd) is None] == ["npz", "csv"]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_room_announced_is_room_enough(form, images, tmp_path, channels):
    n = 200
    noise = images(n // 2, (16, 16), channels=channels)
    pixels = np.random.default_rng(0).integers(0, 256, noise.images.shape).astype(np.uint8)
    worst = SampleSet(noise.schema, pixels, noise.labels, noise.origin)
    form.write(tmp_path, worst.schema, n, [worst])
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    overhead = 8192  # headers, and the footer of Parquet
    assert sum(p.stat().st_size for p in files) <= form.n_bytes(worst.schema, n) + overhead
    assert len(files) <= form.n_files(n) + 1


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_memory_does_not_grow_with_the_number_of_samples(form, images, tmp_path):
    chunk = images(64, (32, 32))
    peaks = []
    for n_chunks in (2, 2, 20):  # the first warms up
        folder = tmp_path / f"{len(peaks)}"
        folder.mkdir()
        tracemalloc.start()
        form.write(folder, chunk.schema, n_chunks * 128, (chunk for _ in range(n_chunks)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < peaks[1] + 1_000_000  # 18 chunks more are 2,359,296 bytes of pixels


def test_names_round_trip_exactly_through_classes_json(tmp_path):
    names = ("=cmd", "a\nb", "\ud800", "\U0001f600", '"', "a/b", "..", "x\x00")
    write_classes(tmp_path / "classes.json", class_entries(ImageSchema(1, 8, 8, names)))
    read = json.loads((tmp_path / "classes.json").read_text())
    assert tuple(entry["name"] for entry in read) == names
