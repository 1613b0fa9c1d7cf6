import pytest
import sklearn.datasets

from synthlift.datasets.sklearn_tables import SklearnTable


def table(source):
    return SklearnTable("x", source, None, None, None)


@pytest.mark.parametrize(
    ("source", "n", "classes"),
    [
        ("breast_cancer", (569, 30), ("benign", "malignant")),
        ("wine", (178, 13), ("class_0", "class_1", "class_2")),
        ("iris", (150, 4), ("setosa", "versicolor", "virginica")),
        ("digits", (1797, 61), tuple("0123456789")),
    ],
)
def test_rows_values_and_labels_are_those_of_scikit_learn(source, n, classes):
    read = table(source).load()
    bunch = getattr(sklearn.datasets, f"load_{source}")(as_frame=True)
    assert read.pool.table.shape == n
    assert read.schema.classes == classes
    kept = bunch.data[[column.name for column in read.schema.columns]]
    assert (read.pool.table.to_numpy(float) == kept.to_numpy(float)).all()
    named = [str(bunch.target_names[label]) for label in bunch.target]
    assert [classes[label] for label in read.pool.labels] == named


def test_whole_numbers_are_found():
    kinds = {column.name: column.kind for column in table("wine").load().schema.columns}
    assert kinds["proline"] == kinds["magnesium"] == "integer"
    assert kinds["alcohol"] == "numeric"


def test_pixels_that_are_always_white_are_dropped_and_named():
    (note,) = table("digits").load().notes
    assert "'pixel_0_0', 'pixel_4_0', 'pixel_4_7'" in note


def test_another_name_is_refused():
    with pytest.raises(ValueError, match=r"dataset\.source"):
        table("boston")
