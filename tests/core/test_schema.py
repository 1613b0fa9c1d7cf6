"""Schemas: what a sample is, and the way through JSON and back."""

import json
from dataclasses import FrozenInstanceError, asdict

import pytest

from synthlift.core.schema import Column, ImageSchema, Schema, TableSchema, schema_from_json

HOSTILE = ("3", "<b>", "=1+1", "../..", "naïve 🐈", "", " ", "a\nb", '"')
SCHEMAS = [
    ImageSchema(1, 8, 8, ("cat", "dog")),
    ImageSchema(3, 28, 32, HOSTILE, flip_keeps_label=True),
    ImageSchema(1, 1, 1, ()),
    TableSchema((), ("yes", "no")),
    TableSchema((Column("age", "integer"), Column("=size", "ordinal", ("S", "M"))), HOSTILE),
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_a_schema_survives_json(schema: Schema) -> None:
    back = schema_from_json(json.loads(json.dumps(asdict(schema))))
    assert back == schema
    assert hash(back) == hash(schema)


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_a_schema_is_immutable(schema: Schema) -> None:
    with pytest.raises(FrozenInstanceError):
        schema.classes = ("other",)  # type: ignore[misc]


def test_sizes_are_derived_and_never_given() -> None:
    image, table = SCHEMAS[1], SCHEMAS[4]
    assert (image.modality, image.n_classes, image.shape) == ("image", len(HOSTILE), (3, 28, 32))
    assert (table.modality, table.n_classes, table.shape) == ("table", len(HOSTILE), (2,))


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (SCHEMAS[0], "grey images of 8x8, 2 classes"),
        (SCHEMAS[1], "RGB images of 28x32, 9 classes"),
        (ImageSchema(5, 2, 3, ("a",)), "5-channel images of 2x3, 1 classes"),
        (SCHEMAS[4], "a table of 2 columns, 9 classes"),
    ],
)
def test_a_schema_says_in_words_what_it_is(schema: Schema, words: str) -> None:
    assert str(schema) == words
