"""All that the page shows of how real and synthetic samples of one repeat are spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthlift.report.columns import ColumnTable, LevelBar, column_table, level_bars
from synthlift.report.exhibits import Exhibit
from synthlift.report.heatmap import Heatmap, heatmap
from synthlift.report.nearest_rows import NearestRows, nearest_rows
from synthlift.report.pictures import ClassPictures, mean_pictures
from synthlift.report.scatter import ScatterView, scatter_view

MOST_CLASSES = 12


@dataclass(frozen=True)
class Comparison:
    """Of images the table of channels and means, of a table all the rest; None where there is none.

    repeat: its number, from 1. classes: the shares of the most frequent of the n classes.
    """

    repeat: int
    modality: str
    table: ColumnTable
    classes: tuple[LevelBar, ...]
    n_classes: int
    pairs: Heatmap | None = None
    scatter: ScatterView | None = None
    nearest: NearestRows | None = None
    means: tuple[ClassPictures, ...] = ()

    @property
    def title(self) -> str:
        return "Pixels" if self.modality == "image" else "How the columns compare"


def compare_columns(exhibits: Sequence[Exhibit]) -> Comparison | None:
    """Of the first repeat whose distributions were measured; None if those of no repeat were."""
    shown = next((x for x in exhibits if x.distribution), None)
    if shown is None or not shown.distribution:
        return None
    table, shares = column_table(shown.distribution), shown.distribution["labels"]
    frequent = sorted(shares, key=lambda share: -share[1])[:MOST_CLASSES]
    known = (shown.repeat + 1, shown.modality, table, level_bars(frequent), len(shares))
    if shown.modality == "image":
        means = tuple(mean_pictures(shown))
        return Comparison(*known, means=means)
    return Comparison(
        *known,
        heatmap(shown.distribution["pairs"]),
        scatter_view(shown),
        nearest_rows(shown),
    )
