"""The four files of a report, each whole or as it was before."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthlift.core.errors import StoreError
from synthlift.core.manifest import sync
from synthlift.core.results import Report

if TYPE_CHECKING:
    from synthlift.report.exhibits import Exhibit


def write_report(
    report: Report,
    trials: Sequence[dict[str, float | int | str]],
    exhibits: Sequence[Exhibit],
    folder: Path,
) -> None:
    """Write report.json, report.md, report.html and trials.csv.

    All four are made before the first is written, so that a fault in one leaves the old four
    together. StoreError: a file that can't be written or a picture that can't be read.
    """
    from synthlift.report.html import render_html
    from synthlift.report.markdown import render_markdown
    from synthlift.report.tables import render_csv

    try:
        page = render_html(report, exhibits)
    except OSError as error:  # a grid that is missing or no PNG
        raise StoreError(
            f"can't read a picture for the report: {error}; run the study again"
        ) from error
    texts = {
        "report.json": json.dumps(report.to_json(), allow_nan=False, indent=1) + "\n",
        "report.md": render_markdown(report, exhibits),
        "report.html": page,
        "trials.csv": render_csv(trials),
    }
    for name, text in texts.items():
        replace_file(folder / name, text)


def replace_file(path: Path, text: str) -> None:
    """Write a text durably in one step: a kill leaves the old file or the new one."""
    temporary = path.with_name(f".{path.name}.tmp")
    content = text.encode("utf-8", "backslashreplace")  # a name may hold half of a surrogate pair
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        sync(temporary)
        os.replace(temporary, path)
        sync(path.parent)
    except OSError as error:
        if temporary.is_file():
            temporary.unlink(missing_ok=True)
        raise StoreError(
            f"can't write {path}: {error.strerror or error} ({len(content):,} bytes are needed); "
            "make room or give another folder with hydra.run.dir=PATH"
        ) from error
