"""The command line: dispatch to a command, say what went wrong in one message, run one study."""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from synthlift.core.errors import ConfigError, SynthliftError
from synthlift.say import in_plain_words, say
from synthlift.suggest import nearest

if TYPE_CHECKING:
    from synthlift.precheck import Asked

_failures: list[str] = []


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; the exit status is 0 when every study has its report."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    _failures.clear()
    logging.basicConfig(format="synthlift: %(message)s", level=logging.WARNING)
    with explained():
        name = words[0] if words else ""
        if name in COMMANDS:
            COMMANDS[name](words[1:])
        elif {"--help", "-h"} & set(words):
            _help(words)
        elif "--version" in words:
            print(f"synthlift {importlib.metadata.version('synthlift')}")
        elif name and name[0] not in "-+~" and "=" not in name:
            raise ConfigError(_unknown_command(name))
        else:
            _study(words)
    return 1 if _failures else 0


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Expected errors as one message without a traceback, and an exit status of 1."""
    try:
        yield
    except BrokenPipeError:  # of `synthlift ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        _failures.append("nobody reads the output")
    except (SynthliftError, OSError) as error:
        _fail(in_plain_words(error))
    except KeyboardInterrupt:
        _fail("stopped; run the same command again to go on from here")


def _fail(message: str) -> None:
    say(message)
    _failures.append(message)


def _unknown_command(name: str) -> str:
    meant = nearest(name, COMMANDS)
    hint = f"did you mean synthlift {meant}? " if meant else ""
    return (
        f"{name!r} is neither a command nor a setting; {hint}Commands: {', '.join(COMMANDS)}; "
        "a setting is key=value, as in n_repeats=12"
    )


class _Words(argparse.ArgumentParser):
    """The words of one command; what is wrong with them is a ConfigError with the usage."""

    def error(self, message: str) -> NoReturn:
        usage = " ".join(self.format_usage().split()).removeprefix("usage: ")
        raise ConfigError(f"{self.prog}: {message}; usage: {usage}")


def _help(words: Sequence[str]) -> None:
    from synthlift.manual import manual

    flag = _Words("synthlift", add_help=False)
    flag.add_argument("--config-dir", "-cd")
    known, others = flag.parse_known_args(words)
    print(manual(USAGES, others, known.config_dir))


def _study(words: Sequence[str]) -> None:
    """`synthlift [-m] [overrides]`: run a study, or one per job of a sweep."""
    # late, as all that follows: each command imports what it needs
    from synthlift import launch
    from synthlift.precheck import precheck

    if launch.complete(words, COMMANDS):
        return
    asked = precheck(words)
    if asked.sweep is not None:
        _sweep(asked, asked.sweep)
        return
    from synthlift.jobs import run_study

    def work(config: Any) -> None:
        with explained():
            run_study(asked, launch.find_job(asked), config)

    launch.launch(asked, work)


def _sweep(asked: Asked, folder: Path) -> None:
    """Run the jobs, judge what they leave to choose from, write the sweep's report, print it."""
    from synthlift.jobs import SweepJob
    from synthlift.launch import launch, plan_jobs
    from synthlift.report.sweep_tables import print_sweep
    from synthlift.sweeps.records import open_sweep
    from synthlift.sweeps.sweep import close_sweep

    open_sweep(folder, asked.command, plan_jobs(asked))
    try:
        launch(asked, SweepJob(asked))
    except (SynthliftError, BrokenPipeError):
        raise
    except Exception as error:  # of a launcher: a process that it lost, say
        _fail(
            f"the launcher ended early ({type(error).__name__}: {error}); what is finished is in "
            "the store: run the same command again for the rest"
        )
    report = close_sweep(folder)
    print_sweep(report, folder)
    _failures.extend([*report.failures, *report.unfinished])


def _report(words: Sequence[str]) -> None:
    """`synthlift report DIR`: the report of a finished run, from the store alone."""
    from synthlift.report.sweep_tables import print_sweep
    from synthlift.runs import run_one
    from synthlift.stored import read_config
    from synthlift.sweeps.records import is_sweep
    from synthlift.sweeps.sweep import rebuild_sweep

    parser = _Words("synthlift report", description=_report.__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of a run")
    folder = parser.parse_args(words).folder
    if is_sweep(folder):
        report = rebuild_sweep(folder)
        print_sweep(report, folder)
        _failures.extend([*report.failures, *report.unfinished])
    else:
        run_one(read_config(folder), folder, frozen=True)


def _export(words: Sequence[str]) -> None:
    """`synthlift export RUN`: labelled files drawn from the stored generator of a run."""
    from synthlift.export import FORMATS, export
    from synthlift.show import show_progress

    parser = _Words("synthlift export", description=_export.__doc__)
    add = parser.add_argument
    add("folder", type=Path, metavar="RUN", help="folder of a run, as in outputs/runs/NAME")
    add("--to", required=True, choices=list(FORMATS), help="kind of files")
    add("--n-per-class", required=True, type=_count, metavar="N", help="samples of each class")
    add("--out", required=True, type=Path, metavar="DIR", help="folder to make")
    add("--repeat", type=int, metavar="N", help="whose generator draws (default: the first's)")
    add("--seed", type=int, default=0, metavar="N", help="another one draws others (default 0)")
    asked = parser.parse_args(words)
    with show_progress("drawing samples") as progress:
        out = export(
            asked.folder,
            asked.to,
            asked.n_per_class,
            asked.out,
            repeat=asked.repeat,
            seed=asked.seed,
            progress=progress,
        )
    print(out)


def _count(text: str) -> int:
    """A number of samples; argparse says so where it is none."""
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _doctor(words: Sequence[str]) -> None:
    """`synthlift doctor`: what this machine offers, and what would keep a study from running."""
    from synthlift.doctor import examine

    parser = _Words("synthlift doctor", description=_doctor.__doc__)
    parser.add_argument("--store", type=Path, metavar="PATH", help="a store other than the default")
    for finding in examine(parser.parse_args(words).store):
        print(finding, flush=True)
        if finding.mark == "fault":
            _failures.append(finding.words)


COMMANDS: dict[str, Callable[[Sequence[str]], None]] = {
    "report": _report,
    "export": _export,
    "doctor": _doctor,
}
USAGES = {
    "synthlift [settings]": "run a study; without settings: digits, 20 labels per class",
    "synthlift -m [settings]": "run one per combination, as in -m generator.steps=2000,8000",
    "synthlift report DIR": "write the report of a finished run again, from the store",
    "synthlift export RUN": "labelled files drawn from the stored generator of a run",
    "synthlift doctor": "what this machine offers, and what would keep a study from running",
}


if __name__ == "__main__":
    sys.exit(main())
