"""One study where Hydra hands it over: alone, or as a job of a sweep in whatever process."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthlift import compose, launch
from synthlift.allowlist import refuse_logging_configuration
from synthlift.configure import objective
from synthlift.core.errors import ConfigError, SynthliftError
from synthlift.core.lifeline import end_with
from synthlift.core.results import Report
from synthlift.core.text import settings_text
from synthlift.fits import MisfitError, with_remedy
from synthlift.precheck import Asked
from synthlift.runs import Ran, run_one
from synthlift.say import in_plain_words, say
from synthlift.show import print_report
from synthlift.sweeps.objective import judge_study
from synthlift.sweeps.records import record_job


def run_study(
    asked: Asked,
    job: launch.Job,
    config: Any,
    show: Callable[..., None] = print_report,
    name: str = "",
) -> Ran:
    """Run one study; a part that can't take its dataset is refused with those that can.

    show: prints what was found, from the report and its folder. name: goes before each line of
    progress.
    """
    read = launch.read_job(config, job)
    try:
        return run_one({**read, "command": job.command}, job.folder, False, show, name)
    except MisfitError as error:
        recipes = compose.recipes_of(error.group, read, asked.config_dir)
        raise ConfigError(with_remedy(error, recipes)) from error


SETTLED = "SYNTHLIFT_SETTLED"


@dataclass(frozen=True)
class SweepJob:
    """The task of every job of a sweep: a value, so that a launcher can send it to a process.

    What fails in a job is said and recorded, and the next one follows. pid, host: of the process
    that launches; a job beside it on its machine ends with it, one of a cluster outlives it.
    """

    asked: Asked
    pid: int = field(default_factory=os.getpid)
    host: str = field(default_factory=socket.gethostname)

    def __call__(self, config: Any) -> tuple[float, ...] | float | None:
        """Run the job; of a search what it is judged by, None where that is unknown."""
        self._settle()
        job = launch.find_job(self.asked)
        own = [word for word in job.overrides if word not in self.asked.words]
        name = f"job {job.number} ({settings_text(own or job.overrides)})"

        def show(report: Report, folder: Any) -> None:
            seconds = report.provenance["seconds"]
            say(f"{name}: finished in {seconds} s, report {folder / 'report.html'}")

        with _going_on(name), record_job(job.folder, job.number, job.overrides):
            beside = f"{name}: " if job.at_once > 1 else ""  # lines of several jobs at once
            ran = run_study(self.asked, job, config, show, beside)
            return judge(ran, launch.read_job(config, job)) if self.asked.is_search else None
        return None

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Arrive in another process before Hydra does anything there: our checks hold there."""
        refuse_logging_configuration()
        self.__dict__.update(state)

    def _settle(self) -> None:
        """In another process than the launching one: end with it, if it is beside this one."""
        if os.environ.get(SETTLED) == str(os.getpid()) or self.pid == os.getpid():
            return  # a worker process is used for several jobs
        os.environ[SETTLED] = str(os.getpid())
        multiprocessing.set_start_method("spawn", force=True)  # joblib's own is unknown to children
        if self.host == socket.gethostname():
            end_with(self.pid)


def judge(ran: Ran, config: Mapping[str, Any]) -> tuple[float, ...] | float | None:
    """The values that a search asks of a study, as Optuna takes them: one, or several."""
    wanted = objective(config)
    values = judge_study(ran.study, ran.repeats, Path(str(config["store"])), wanted)
    return values[0] if values and len(wanted.values) == 1 else values


@contextlib.contextmanager
def _going_on(name: str) -> Iterator[None]:
    """Say what fails in the block, and go on; Ctrl-C ends all."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (SynthliftError, OSError) as error:
        say(f"{name}: {in_plain_words(error)}")
    except Exception as error:  # the fault may be ours: all of it is shown
        traceback.print_exc()
        say(f"{name}: {type(error).__name__}: {error}")
