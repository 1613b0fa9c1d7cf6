"""Two sweeps of four jobs under Ray; scripts/rehearse_ray makes the environment and calls this.

The first one joins a cluster of two nodes of one core each, which is started here, on loopback
(`ray.cluster_utils.Cluster`); prints which node ran which job. The second one starts Ray on one box
by itself. Words after -- are further settings of both. Exit status 1 if a sweep fails, or if the
jobs of the first one did not run on two nodes.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rehearsal import SMALL, Rehearsal, last_words, outliving

HEAD, SECOND = "127.0.0.2", "127.0.0.3"  # of 127.0.0.1 Ray makes the address that others can reach
GRACE = 10.0  # seconds in which the processes of Ray have to end
AXES = ("generator.steps=20,30", "arm.real_synthetic.weight=0.25,0.5")
QUIET = {"RAY_USAGE_STATS_ENABLED": "0"}


def run_on_cluster(words: Sequence[str], place: Path) -> list[dict[str, Any]]:
    """Run a sweep on a cluster of two nodes; where each of its jobs ran."""
    from ray.cluster_utils import Cluster
    from ray.util.state import list_nodes, list_tasks

    head = {"num_cpus": 1, "node_ip_address": HEAD, "include_dashboard": True}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        cluster.add_node(num_cpus=1, node_ip_address=SECOND)
        cluster.wait_for_nodes()
        address = f"hydra.launcher.ray.init.address={cluster.address}"
        run_sweep(("hydra/launcher=ray_cluster", address, *words), place)
        time.sleep(2)  # until the last task is reported
        tasks = list_tasks(address=cluster.address, detail=True, limit=1000)
        nodes = {node.node_id: node.node_ip for node in list_nodes(address=cluster.address)}
    finally:
        cluster.shutdown()
    return [
        {
            "task": task.name,
            "state": task.state,
            "node": nodes[task.node_id],
            "pid": task.worker_pid,
        }
        for task in sorted(tasks, key=lambda task: task.start_time_ms or 0)
    ]


def run_sweep(words: Sequence[str], place: Path) -> float:
    """Run a sweep under Ray and print its last words; the seconds."""
    seconds = Rehearsal(tuple(words), variables=QUIET).run(place / "store", place / "sweep")
    print(last_words(place / "sweep", 25), flush=True)
    return seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both sweeps; the exit status is 0 if both nodes of the cluster had jobs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--place", type=Path, required=True, help="folder to work in")
    parser.add_argument("settings", nargs="*", help="further settings of the sweeps")
    given = parser.parse_args(arguments)
    words = (*SMALL, *AXES, "n_repeats=1", *given.settings)
    print("a cluster of two nodes:", flush=True)
    ran = run_on_cluster(words, given.place / "cluster")
    for task in ran:
        print(json.dumps(task))
    print("one box:", flush=True)
    here = ("hydra/launcher=ray", "+hydra.launcher.ray.init.num_cpus=2")
    run_sweep((*here, *words), given.place / "box")
    nodes = {task["node"] for task in ran}
    places = [given.place / name / "store" for name in ("cluster", "box")]
    left = [who for store in places for who in outliving(store, GRACE)[0]]
    print(*left, sep="\n", end="\n" if left else "")
    print(f"{len(ran)} jobs on {len(nodes)} nodes, {len(left)} processes left")
    return int(len(nodes) != 2 or bool(left))


if __name__ == "__main__":
    sys.exit(main())
