"""From the sheets of a table, and what the user says of their columns, to a Source."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synthlift.core.errors import DataError
from synthlift.core.samples import Ints, SampleSet
from synthlift.core.schema import TableSchema
from synthlift.core.text import count
from synthlift.datasets.base import Source, check_counts, relabelling
from synthlift.datasets.cells import Sheet
from synthlift.datasets.features import read_features
from synthlift.datasets.groups import describe
from synthlift.datasets.targets import alike, read_labels, refuse_lone
from synthlift.datasets.values import Values, as_texts
from synthlift.datasets.wishes import Wishes, choose_columns


def to_source(pool: Sheet, test: Sheet | None = None, *, asked: Wishes) -> Source:
    """The samples of a table and of its official test set, with a note on every decision.

    A DataError names the column, and where it can the line, that can't be used.
    """
    n_pool = len(pool.rows)
    target, features = choose_columns(pool, test, asked)
    pool, notes = _without_blank_rows(pool, target)
    if test is not None:
        test, more = _without_blank_rows(test, target)
        notes += more
    classes, labels, test_labels = read_labels(pool, test, target)
    if asked.classes is not None:
        new_label, classes = relabelling(classes, asked.classes), asked.classes
        pool, labels = _narrow(pool, new_label[labels])
        if test is not None and test_labels is not None:
            test, test_labels = _narrow(test, new_label[test_labels])
    counts = np.bincount(labels, minlength=len(classes))
    refuse_lone(classes, counts, target)
    if test_labels is not None:
        check_counts(classes, counts, np.bincount(test_labels, minlength=len(classes)), "rows")
    notes += alike(classes)
    columns, tables, more = read_features(pool, test, features, asked)
    notes += more
    schema = TableSchema(columns, classes)
    groups = None
    if asked.group is not None:
        groups = _read_groups(pool, test, asked.group)
        notes.append(describe(groups, "rows"))
    n = len(labels)
    of_pool = SampleSet(
        schema, tables[0], labels, pool.rows, groups if groups is None else groups[:n]
    )
    if test is None or test_labels is None:
        return Source(of_pool, None, tuple(notes))
    of_test = SampleSet(
        schema, tables[1], test_labels, n_pool + test.rows, None if groups is None else groups[n:]
    )
    return Source(of_pool, of_test, tuple(notes))


def _without_blank_rows(sheet: Sheet, target: str) -> tuple[Sheet, list[str]]:
    """The sheet without the rows that hold nothing at all, as spreadsheets leave behind."""
    blank = sheet.cells(target).codes < 0
    for name in sheet.names if blank.any() else ():
        blank &= sheet.cells(name).codes < 0
    n_blank = int(blank.sum())
    if not n_blank:
        return sheet, []
    if n_blank == len(blank):
        raise DataError(f"{sheet.path} has {count(n_blank, 'row')}, all without any value")
    note = f"{count(n_blank, 'row')} of {sheet.path} without any value left out"
    return sheet.keep(np.flatnonzero(~blank)), [note]


def _narrow(sheet: Sheet, labels: Ints) -> tuple[Sheet, Ints]:
    """The rows whose label is one of the wanted classes, not -1."""
    kept = np.flatnonzero(labels >= 0)
    return sheet.keep(kept), labels[kept]


def _read_groups(pool: Sheet, test: Sheet | None, name: str) -> Ints:
    """The group of every row of pool and test, numbered together."""
    found: list[Values] = []
    for sheet in [pool] if test is None else [pool, test]:
        cells = sheet.cells(name)
        if cells.n_missing:
            row = int(np.argmax(cells.codes < 0))
            raise DataError(
                f"{sheet.place(row, name)} is missing: every row needs a group "
                f"({count(cells.n_missing, 'row')} without one)"
            )
        found.append(as_texts(cells.values)[cells.codes])
    groups, _ = pd.factorize(np.concatenate(found))
    return np.asarray(groups, np.int64)
