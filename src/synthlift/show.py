"""What a person sees in the terminal: progress while a study runs, the table and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from synthlift.core.results import Report
from synthlift.report.advice import finding_sentences
from synthlift.report.facts import NOTHING, classifiers_of, fidelity_rows
from synthlift.report.limits import MIN_REPEATS
from synthlift.report.tables import terminal_table, verdict_sentences
from synthlift.report.words import interval_note
from synthlift.say import say

STAGES = {
    "read_dataset": "reading the dataset",
    "make_splits": "drawing the split",
    "fit_classifier": "training a classifier",
    "fit_generator": "training the generator",
    "generate": "drawing samples",
    "measure": "measuring the samples",
    "predict": "scoring",
}


class Watcher:
    """Progress bars on a terminal: one for the study, one per repeat at work; else a line each.

    n_stages: of one repeat; the study has come as far as its stages have. name: of the study, where
    there are several: goes before each line, and there are no bars.
    """

    def __init__(self, n_repeats: int, n_stages: int, name: str = "") -> None:
        self.n_repeats, self.n_stages, self.name = n_repeats, n_stages, name
        self.n_finished = 0
        self.begun: dict[int, int] = {}  # stages begun by each repeat
        self.at_work: dict[int, tuple[str, TaskID]] = {}
        self.console = Console(stderr=True)
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=self.console,
            transient=True,
            speed_estimate_period=300,
            disable=bool(name) or not self.console.is_terminal,
        )
        self.study = self.bars.add_task("the study", total=n_repeats * n_stages)

    def __enter__(self) -> Callable[[int, str, int, int], None]:
        self.bars.start()
        return self.update

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.bars.stop()

    def update(self, repeat: int, stage: str, done: int, total: int) -> None:
        """A repeat has come so far in a stage; `total` 0 opens a new one, "finished" ends it."""
        if (stage == "finished" or total == 0) and repeat in self.at_work:
            self.bars.remove_task(self.at_work.pop(repeat)[1])
        if stage == "finished":
            self._finish(repeat)
        elif total == 0:
            self.begun[repeat] = min(self.begun.get(repeat, 0) + 1, self.n_stages - 1)
            name = f"repeat {repeat + 1} of {self.n_repeats}: {STAGES.get(stage, stage)}"
            self.at_work[repeat] = (stage, self.bars.add_task(name, total=None))
        elif repeat in self.at_work:
            self.bars.update(self.at_work[repeat][1], completed=done, total=total)
        self.bars.update(self.study, completed=sum(self.begun.values()))

    def _finish(self, repeat: int) -> None:
        self.begun[repeat] = self.n_stages
        self.n_finished += 1
        if self.bars.disable:
            say(f"{self.name}{self.n_finished} of {self.n_repeats} repeats finished")


@contextmanager
def show_progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal that is told what is done and how much in all; elsewhere nothing."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), TaskProgressColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = bar.add_task(title, total=None)
    with bar:
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_report(report: Report, folder: Path) -> None:
    """The tables, verdicts, what to do, warnings, where the report lies, how to run it again."""
    console = Console(highlight=False)
    for classifier in classifiers_of(report):
        console.print(terminal_table(report, classifier))
    if report.by_classifier and report.n_repeats >= MIN_REPEATS:
        console.print(interval_note(report), markup=False, soft_wrap=True)
    for sentence in (*verdict_sentences(report), *finding_sentences(report)):
        console.print(sentence, markup=False, soft_wrap=True)
    if not classifiers_of(report):
        known = [row for row in fidelity_rows(report) if row.mean != NOTHING]
        said = ", ".join(f"{row.title.lower()} {row.mean}" for row in known)
        console.print(f"the samples: {said}", markup=False, soft_wrap=True)
    for kind, texts in (("warning", report.warnings), ("note", report.notes)):
        for text in texts:
            console.print(f"{kind}: {text}", markup=False, soft_wrap=True)
    stages = report.provenance["stages"]
    console.print(
        f"\nstages   {stages['run']} run, {stages['reused']} reused, "
        f"{report.provenance['seconds']} s\n"
        f"report   {folder / 'report.html'}\n"
        f"again    {report.provenance['command']}",
        markup=False,
        soft_wrap=True,
    )
