"""The column of labels: which classes there are, and which columns can't be a target."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthlift.core.errors import DataError
from synthlift.core.samples import Ints
from synthlift.core.text import count, several
from synthlift.datasets import values as v
from synthlift.datasets.cells import Cells, Sheet, quote
from synthlift.datasets.wishes import listing

MOST_CLASSES = 1_000
MOST_WHOLE = 64  # different whole numbers that can be classes; ages and years are more
MOST_DECIMALS = 20  # different numbers with decimals that can
FEW = 10  # so many texts are classes, however few rows there are
REMEDY = "choose another column with dataset.target=COLUMN"


def read_labels(
    pool: Sheet, test: Sheet | None, target: str
) -> tuple[tuple[str, ...], Ints, Ints | None]:
    """The classes by name in natural order, and the labels of the rows of pool and test.

    Whole numbers are one class however they are written: 1, 1.0. A DataError names what has no
    label, and a test row whose class the pool does not have.
    """
    cells = pool.cells(target)
    refuse_unlabelled(pool, cells, target)
    _check_target(cells, target)
    is_whole = cells.values.dtype.kind != "b" and bool(v.as_integers(cells.values, None)[1].all())
    if cells.is_text and v.matches(cells.values, v.PADDED).any():
        is_whole = False  # codes such as 007
    names = _names(cells, is_whole)
    classes = v.natural(sorted(set(names)))
    place = {name: label for label, name in enumerate(classes)}
    labels = np.array([place[name] for name in names], np.int64)[cells.codes]
    if test is None:
        return classes, labels, None
    of_test = test.cells(target)
    refuse_unlabelled(test, of_test, target)
    found = np.array([place.get(n, -1) for n in _names(of_test, is_whole)], np.int64)
    if (found < 0).any():
        row = of_test.first_row(found < 0)
        unseen = of_test.values[of_test.codes[row]]
        raise DataError(
            f"{test.place(row, target)} is of class {quote(unseen)}, which {pool.path} does not "
            f"have: its classes are {several(classes, 10)}"
        )
    return classes, labels, found[of_test.codes]


def refuse_unlabelled(sheet: Sheet, cells: Cells, target: str) -> None:
    """A DataError that names the first rows without a label."""
    if not cells.n_missing:
        return
    rows = np.flatnonzero(cells.codes < 0)
    lines = several([sheet.line(int(sheet.rows[row])) for row in rows[:3]])
    more = f" and {len(rows) - 3:,} more" if len(rows) > 3 else ""
    raise DataError(
        f"{sheet.path}: {count(len(rows), 'row')} without a value in the target {target!r} "
        f"({lines}{more}); remove what has no label, or take the text that stands there "
        "out of dataset.missing if it is a class of its own"
    )


def _check_target(cells: Cells, target: str) -> None:
    """A DataError if no classifier can be asked for this column."""
    n_values, n = len(cells.values), len(cells.codes)
    if n_values == 1:
        raise DataError(
            f"the target {target!r} is {quote(cells.values[0])} in all {n:,} rows: there is "
            f"nothing to tell apart; {REMEDY}"
        )
    numbers, ok = v.as_numbers(cells.values, None)
    if ok.all() or v.as_dates(cells.values)[1].all():
        whole = bool(ok.all() and (np.rint(numbers) == numbers).all())
        if n_values > (MOST_WHOLE if whole else MOST_DECIMALS):
            raise DataError(
                f"the target {target!r} is continuous: {n_values:,} different numbers or dates in "
                f"{n:,} rows, and a study has classes; cut it into classes in the file (low, "
                f"high), or {REMEDY}"
            )
    elif n_values > MOST_CLASSES or n_values > max(n / 2, FEW):
        examples = several([quote(value) for value in cells.values[:3]])
        raise DataError(
            f"the target {target!r} has {n_values:,} different texts in {n:,} rows, such as "
            f"{examples}: these are no classes; {REMEDY}"
        )


def _names(cells: Cells, is_whole: bool) -> list[str]:
    """The class of each value; is_whole: all are whole numbers, then 1.0 is 1."""
    texts = v.as_texts(cells.values)
    if is_whole:
        whole, ok = v.as_integers(cells.values, None)
        texts = np.where(ok, whole.astype(str).astype(object), texts)
    return [str(text) for text in texts]


def alike(classes: Sequence[str]) -> list[str]:
    """A note on classes that differ in upper and lower case alone: probably they are one."""
    first: dict[str, str] = {}
    pairs = [(first.setdefault(name.casefold(), name), name) for name in classes]
    found = [f"{a!r} and {b!r}" for a, b in pairs if a != b]
    return [f"classes that differ in case alone: {several(found)}"] if found else []


def refuse_lone(classes: Sequence[str], counts: Ints, target: str) -> None:
    """A DataError for a class of which the pool has less than two rows."""
    lone = np.flatnonzero(counts < 2)
    if not len(lone):
        return
    name, others = classes[lone[0]], [c for c, n in zip(classes, counts, strict=True) if n > 1]
    typed = listing("classes", others) if len(others) <= 12 else "dataset.classes=[...]"
    leave = f", or leave it out: name the others with {typed}" if len(others) > 1 else ""
    raise DataError(
        f"class {name!r} of the target {target!r} has {count(int(counts[lone[0]]), 'row')} to "
        f"learn from and to choose by, at least two are needed; add some{leave}"
    )
