"""Run the training loop of a generator to its end and store what it leaves."""

from __future__ import annotations

import csv
import logging
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytorch_lightning as pl
import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment

from synthlift.core.codec import Codec
from synthlift.core.errors import MemoryShortageError
from synthlift.core.samples import SampleSet
from synthlift.core.store import Place
from synthlift.generators.animation import save_animation
from synthlift.generators.checkpoints import VerifiedCheckpointIO, last_checkpoint, usable
from synthlift.generators.fitted import save_networks
from synthlift.generators.sharing import Alone
from synthlift.generators.summary import save_summary

if TYPE_CHECKING:
    from synthlift.generators.trained import TrainedGenerator

logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)


def run_training(
    recipe: TrainedGenerator,
    train: SampleSet,
    valid: SampleSet | None,
    codec: Codec,
    seed: int,
    place: Place,
    device: torch.device,
    share: Alone,
) -> None:
    """Train, and fill `place.folder` where `share` leads.

    share: which rows of a batch this process works on. Resumes from a checkpoint in `place.scratch`
    if there is one. A TrainingError where it diverges, a MemoryShortageError where this machine has
    too little.
    """
    place.progress(0, recipe.steps)
    cuda = [device] if device.type == "cuda" else []
    last = last_checkpoint(place.scratch, device)
    resumes = share.agree(share.leads and usable(last))
    with (
        torch.random.fork_rng(cuda),
        warnings.catch_warnings(),
        place.loggers() as loggers,
        _within_memory(device),
    ):
        for of in ("pytorch_lightning", "lightning"):  # advice on loaders, logging, SLURM, resuming
            warnings.filterwarnings("ignore", module=of)
        module = recipe.training()(recipe, train, valid, codec, seed, place.scratch, device, share)
        trainer = pl.Trainer(
            accelerator=device.type,
            devices=[device.index or 0] if cuda else 1,
            max_epochs=1,
            precision=recipe.precision,
            plugins=[VerifiedCheckpointIO(), LightningEnvironment()],  # never another's processes
            callbacks=[_Watch(place.progress)],
            logger=loggers or False,
            default_root_dir=place.scratch,  # where Lightning looks for checkpoints of SLURM
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(module, ckpt_path=str(last) if resumes else None)
        if not share.leads:
            return
        module.to(device)
        module.finish()
    name, helper = module.helper()
    save_networks(place.folder, generator=module.generator, ema=module.ema, **{name: helper})
    module.conditions.save(place.folder)
    save_summary(place.folder, module.noise_dim, module.ema, name, helper)
    with (place.folder / "training.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, ["step", *module.columns, "seconds"])
        table.writeheader()
        table.writerows(module.curve)
    if module.choosing is not None:
        module.choosing.save(place.folder)
    shutil.copytree(place.scratch / "grids", place.folder / "grids")
    save_animation(place.folder / "grids")


@contextmanager
def _within_memory(device: torch.device) -> Iterator[None]:
    """Say in plain words that the networks, or a batch, are too large for the device."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        words = ("allocate memory", "out of memory", "overflow")  # of the CPU, of CUDA, of sizes
        if not isinstance(error, MemoryError) and not any(word in str(error) for word in words):
            raise
        raise MemoryShortageError(
            f"the generator needs more memory than there is ({device}): make the layers of "
            "generator.network smaller, or generator.largest_batch"
        ) from error


class _Watch(pl.Callback):
    """Tell the caller how far the training is."""

    def __init__(self, progress: Callable[[int, int], None]) -> None:
        self.progress = progress

    def on_train_batch_end(self, trainer: Any, module: Any, *_: Any) -> None:
        if module.steps_done % 50 == 0:
            self.progress(module.steps_done, module.recipe.steps)
