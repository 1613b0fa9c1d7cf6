"""What Hydra's launchers and sweepers mean for a sweep: how many jobs run at once, and where.

`joblib` runs them in processes of this machine, `submitit_local` all of them at once, and
`submitit_slurm` and `ray` on the machines of a cluster. `optuna` is a search: it proposes jobs by
the results of those before.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from synthlift.core.errors import ConfigError

BASIC = "hydra._internal.core_plugins."
SEARCH = "hydra_plugins.hydra_optuna_sweeper."
JOBLIB = "hydra_plugins.hydra_joblib_launcher."
SUBMITIT = "hydra_plugins.hydra_submitit_launcher."
RAY = "hydra_plugins.hydra_ray_launcher."
LOCAL = f"{SUBMITIT}submitit_launcher.LocalLauncher"


def is_search(own: Mapping[str, Any]) -> bool:
    """Whether Hydra's part of a configuration chooses a search; own: `hydra.*`."""
    return str(own["sweeper"].get("_target_")).startswith(SEARCH)


def in_turn(own: Mapping[str, Any]) -> bool:
    """Whether the jobs run one after the other, in this process."""
    return str(own["launcher"].get("_target_")).startswith(BASIC)


def jobs_at_once(own: Mapping[str, Any]) -> int:
    """Jobs that share one machine; as many as it has cores where the launcher sets no limit."""
    launcher, cores = own["launcher"], len(os.sched_getaffinity(0))
    target, n = str(launcher.get("_target_")), 1
    if target.startswith(JOBLIB):
        n = int(launcher.get("n_jobs") or 1)
        n = n if n > 0 else max(1, cores + 1 + n)
    elif target == LOCAL or target.startswith(RAY):
        n = cores
    return min(n, int(own["sweeper"].get("n_jobs") or 1)) if is_search(own) else n


def refuse_contradictions(own: Mapping[str, Any], compute: Mapping[str, Any] | None) -> None:
    """Refuse a launcher that can't keep what `compute` asks for, and numbers that run nothing."""
    launcher, compute = own["launcher"], compute or {}
    device, devices = compute.get("device"), compute.get("devices") or 1
    if device is not None and not in_turn(own) and jobs_at_once(own) > 1:
        raise ConfigError(
            f"compute.device={device} puts every job on one GPU, but this launcher runs several at "
            "once; leave compute.device out: each job takes a GPU that is free"
        )
    gpus = launcher.get("gpus_per_node")
    if isinstance(gpus, int) and isinstance(devices, int) and devices > max(gpus, 1):
        raise ConfigError(
            f"compute.devices={devices}, but hydra.launcher.gpus_per_node={gpus}; make it "
            f"{devices} too"
        )
    if str(launcher.get("_target_")).startswith(JOBLIB) and launcher.get("n_jobs") == 0:
        raise ConfigError("hydra.launcher.n_jobs is at least 1, or -1 for one per core")
    for name in ("n_trials", "n_jobs") if is_search(own) else ():
        number = own["sweeper"].get(name)
        if isinstance(number, int) and number < 1:  # of no jobs at once Optuna waits for ever
            raise ConfigError(f"hydra.sweeper.{name} is {number}; give 1 or more")
