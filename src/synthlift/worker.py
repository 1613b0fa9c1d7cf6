"""One of the processes that train a generator together, under torchrun: `... -m synthlift.worker`.

It reads the folder that `stages/together.py` wrote. The first process stores what was trained.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthlift.configure import build
from synthlift.core.describe import to_config
from synthlift.core.errors import ConfigError, SynthliftError
from synthlift.core.lifeline import end_with_input
from synthlift.core.store import Place, identity
from synthlift.stages.together import EVENTS, JOB, RANKS

if TYPE_CHECKING:
    from synthlift.generators.trained import TrainedGenerator

# of processes for one that scores or stores; a dead one is seen at once
PATIENCE = timedelta(days=1)


def main(folder: Path) -> int:
    """Train as the folder says; the exit code. Why it failed is left there too."""
    job = json.loads((folder / JOB).read_text())
    rank = int(os.environ["RANK"])
    try:
        _train(folder, job, rank)
    except Exception as error:
        said = {"kind": type(error).__name__, "words": str(error), "time": time.time()}
        (folder / f"failed_{rank}.json").write_text(json.dumps(said))
        if not isinstance(error, SynthliftError):
            traceback.print_exc()
        return 1
    return 0


def _train(folder: Path, job: dict[str, Any], rank: int) -> None:
    """Train on the device of this rank, together with the others."""
    import torch
    import torch.distributed as dist

    from synthlift.codecs.base import load_codec
    from synthlift.core.samples import SampleSet
    from synthlift.generators.fitting import run_training
    from synthlift.generators.sharing import Shared

    torch.set_num_threads(job["threads"])
    recipe = _build(job)
    device = torch.device(job["devices"][rank])
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    for name in RANKS:
        os.environ.pop(name, None)  # to Lightning this is one process with one device
    train = SampleSet.load(folder / "train")
    valid = SampleSet.load(folder / "valid") if (folder / "valid").exists() else None
    n_rows = len(train)
    share = Shared(recipe.rows_per_batch(n_rows), recipe.rows_together(n_rows))
    place = _place(folder, job, share.leads)
    codec = load_codec(place.folder)
    facts = {
        "pid": os.getpid(),
        "generator": to_config(recipe),
        "seed": job["seed"],
        "device": str(device),
        "rows": [share.start, share.stop],
    }
    (folder / f"rank_{rank}.json").write_text(json.dumps(facts))
    run_training(recipe, train, valid, codec, job["seed"], place, device, share)
    dist.barrier()  # nobody leaves before the first one has stored what was trained
    dist.destroy_process_group()


def _build(job: dict[str, Any]) -> TrainedGenerator:
    """The recipe that was written down; a ConfigError if it has become another one on the way."""
    recipe: TrainedGenerator = build(job["generator"], "generator")
    if identity(recipe) != job["identity"]:
        raise ConfigError(
            "the generator can't be trained on several devices: built again from its fields it is "
            "another one; use compute.devices=1"
        )
    return recipe


def _place(folder: Path, job: dict[str, Any], leads: bool) -> Place:
    """Where to work; the first process tells how far it is."""
    out, scratch = Path(job["folder"]), Path(job["scratch"])
    if not leads:
        return Place(out, scratch, lambda done, total: None)
    from synthlift.generators.relay import Relay

    relay = Relay(folder / EVENTS)
    return Place(out, scratch, relay.progress, lambda: nullcontext([relay]))


if __name__ == "__main__":
    end_with_input()
    sys.exit(main(Path(sys.argv[1])))
