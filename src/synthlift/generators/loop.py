"""The one training loop of all trained generators: Lightning with manual optimisation.

The training set lies on the device, encoded; nothing in a step waits for the device. At every
checkpoint the random state is kept too, so a resumed training equals an unbroken one. What one step
does is said by the kind of generator: `training.py` for GANs, `vae_training.py`.
"""

from __future__ import annotations

import copy
import itertools
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from synthlift.core.codec import Codec
from synthlift.core.errors import TrainingError
from synthlift.core.samples import SampleSet
from synthlift.core.seeds import derive
from synthlift.generators.checkpoints import last_checkpoint
from synthlift.generators.choosing import Choosing
from synthlift.generators.conditions import draw_labels
from synthlift.generators.sharing import Alone
from synthlift.generators.snapshots import save_snapshot, snapshot_labels
from synthlift.generators.trained import TrainedGenerator

RECALIBRATION_BATCHES = 50


class Training(pl.LightningModule, ABC):
    """The networks, the moving average of the generator, and the state that a checkpoint carries.

    columns: what `step` measures, the columns of training.csv. rates: keys to lower if it diverges.
    share: which rows of a batch are those of this process.
    """

    columns: ClassVar[tuple[str, ...]]
    rates: ClassVar[str]
    generator: nn.Module

    def __init__(
        self,
        recipe: TrainedGenerator,
        train: SampleSet,
        valid: SampleSet | None,
        codec: Codec,
        seed: int,
        scratch: Path,
        device: torch.device,
        share: Alone,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.recipe, self.scratch, self.codec = recipe, scratch, codec
        self.share, self.seed = share, seed
        self.n_classes, self.batch_size = train.schema.n_classes, recipe.rows_per_batch(len(train))
        self.noise_dim = recipe.network.noise_dim(codec.code)
        torch.manual_seed(derive(seed, "initial weights"))
        self.make_networks(len(train))
        self.ema = copy.deepcopy(self.generator).requires_grad_(False)
        share.join(self.generator, self.helper()[1])
        self.weights: list[Tensor] = list(self.generator.parameters())
        self.weights_ema: list[Tensor] = list(self.ema.parameters())
        self.rng = torch.Generator(device).manual_seed(derive(seed, "training"))
        self.snapshot_seed = derive(seed, "grid")
        self.steps_done = 0
        self._seed_own_draws()
        self.curve: list[dict[str, float]] = []
        self.sums = torch.zeros(len(self.columns), device=device)
        self.seconds_before, self.started = 0.0, time.monotonic()
        self._place_data(train, device)
        self.choosing = None
        if recipe.selection is not None and valid is not None:
            self.choosing = Choosing(recipe.selection, valid, codec, derive(seed, "selection"))

    def _seed_own_draws(self) -> None:
        """Start what networks draw by themselves; on several devices a new stream for each.

        They do so at every checkpoint too: one process writes it, and can't know the others' state.
        """
        path = (self.share.rank, self.steps_done) if self.share.n > 1 else ()
        torch.manual_seed(derive(self.seed, "dropout", *path))

    def _place_data(self, train: SampleSet, device: torch.device) -> None:
        """Rows sorted by class, and what draws from them."""
        order = np.argsort(train.labels, kind="stable")
        self.data = torch.from_numpy(self.codec.encode(train)[order]).to(device)
        counts = torch.from_numpy(train.counts()).to(device)
        self.conditions = self.recipe.conditioning.over(self.data, counts, self.codec.code)

    # what a kind of generator says

    @abstractmethod
    def make_networks(self, n_rows: int) -> None:
        """Set `generator`, which draws, and its helpers."""

    @abstractmethod
    def helper(self) -> tuple[str, nn.Module]:
        """The network that teaches the generator, and what it is called."""

    @abstractmethod
    def step(self) -> tuple[Tensor, ...]:
        """Update the networks once; scalars for the columns of the curve."""

    @property
    def is_settled(self) -> bool:
        """Whether the state of now could be the one that is kept."""
        return True

    # what it may ask for

    def draw_real(self) -> tuple[Tensor, Tensor]:
        """A batch of encoded rows and their conditions."""
        rows, condition = self.conditions.real(self.batch_size, self.rng)
        return self.data[rows], condition

    def draw_noise(self, n: int, rng: torch.Generator) -> Tensor:
        return torch.randn(n, self.noise_dim, generator=rng, device=rng.device)

    # what Lightning asks for

    def train_dataloader(self) -> Any:
        return itertools.repeat(0)  # the data are already there; `steps` ends the training

    def training_step(self, batch: Any, index: int) -> None:
        if self.steps_done >= self.recipe.steps:
            return  # resumed from the very last checkpoint
        measured = self.step()
        self.steps_done += 1
        self.recipe.ema.update(self.weights_ema, self.weights, self.steps_done)
        with torch.no_grad():
            self.sums += torch.stack(measured)

    # what happens between steps

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        step, recipe = self.steps_done, self.recipe
        last = step >= recipe.steps
        if last:
            self.trainer.should_stop = True
        if self.curve and self.curve[-1]["step"] == step:
            return  # resumed from the very last checkpoint: all is written
        choosing = self.choosing if self.is_settled and self.share.leads else None
        if choosing is not None and (choosing.is_due(step) or last):
            self._choose(choosing)
        if step % recipe.log_every == 0 or last:
            self._log()
        if step % recipe.checkpoint_every == 0 or last:
            self._checkpoint()

    def _checkpoint(self) -> None:
        self.share.check(self.weights)
        if self.share.leads:
            self._save_snapshot()
            self.trainer.save_checkpoint(last_checkpoint(self.scratch, self.data.device))
        if self.share.n > 1:
            self._seed_own_draws()

    def _log(self) -> None:
        """Add a row to the curve: means since the last one."""
        done_before = int(self.curve[-1]["step"]) if self.curve else 0
        means = self.share.mean(self.sums / (self.steps_done - done_before)).tolist()
        self.sums.zero_()
        seconds = self.seconds_before + time.monotonic() - self.started
        row = dict(zip(self.columns, means, strict=True))
        self.curve.append({"step": self.steps_done, **row, "seconds": round(seconds, 2)})
        for logger in self.loggers:
            logger.log_metrics(row, self.steps_done)
        if not np.isfinite(means).all():
            raise self._diverged("a loss")

    def _diverged(self, what: str) -> TrainingError:
        return TrainingError(
            f"the generator diverged: {what} became NaN or infinite before step {self.steps_done} "
            f"of {self.recipe.steps}; lower {self.rates}, or use generator.precision=32-true"
        )

    @torch.no_grad()
    def _save_snapshot(self) -> None:
        """Save what the averaged generator draws, from the same noise each time."""
        for ours, theirs in zip(self.ema.buffers(), self.generator.buffers(), strict=True):
            ours.copy_(theirs)
        self.ema.eval()
        labels = snapshot_labels(self.codec.schema).to(self.data.device)
        rng = torch.Generator(self.data.device).manual_seed(self.snapshot_seed)
        codes = self._draw(self.ema, labels, rng)
        save_snapshot(self.scratch / "grids", self.steps_done, self.codec, codes, labels)

    def _draw(self, network: nn.Module, labels: Tensor, rng: torch.Generator) -> Tensor:
        """Codes of these labels; a TrainingError where one is not finite."""
        codes: Tensor = network(*self._asked(labels, rng)).float()
        if not bool(codes.isfinite().all()):  # the last update is in no row of the curve
            raise self._diverged("a sample")
        return codes

    def _asked(self, labels: Tensor | None, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Noise and conditions for samples of these labels; None is a batch of uniform ones."""
        z = self.draw_noise(self.batch_size if labels is None else len(labels), rng)
        if labels is None:
            labels = draw_labels(self.n_classes, len(z), rng)
        return z, self.conditions.ask(labels, rng)

    @torch.no_grad()
    def _choose(self, choosing: Choosing) -> None:
        """Score what a recalibrated copy of the averaged generator draws, and maybe keep it."""
        rng = torch.Generator(self.data.device).manual_seed(choosing.seed)
        candidate = copy.deepcopy(self.ema)
        self._recalibrate(candidate, rng)
        labels = choosing.labels(self.n_classes).to(self.data.device)
        codes = self._draw(candidate.eval(), labels, rng)
        choosing.consider(self.steps_done, candidate, codes, labels)

    @torch.no_grad()
    def finish(self) -> None:
        """Leave in `ema` what is to be stored: the chosen state, or the last one, recalibrated."""
        self.ema.to(self.data.device)
        if self.choosing is None:
            self._recalibrate(self.ema, self.rng)
        else:
            self.choosing.restore(self.ema)

    def _recalibrate(self, network: nn.Module, rng: torch.Generator) -> None:
        """Give a generator batch statistics of its own, as means over fresh batches."""
        norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # a plain mean over all batches
        if not norms:
            return
        network.train()
        for _ in range(RECALIBRATION_BATCHES):
            network(*self._asked(None, rng))

    # what a checkpoint carries beside weights and optimisers

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["synthlift"] = {
            "steps_done": self.steps_done,
            "curve": self.curve,
            "sums": self.sums.cpu(),
            "seconds": self.seconds_before + time.monotonic() - self.started,
            "rng": self.rng.get_state(),
            "global_rng": torch.get_rng_state(),
            "cuda_rng": torch.cuda.get_rng_state(self.data.device) if self.data.is_cuda else None,
            "choosing": self.choosing and self.choosing.state(),
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        state = checkpoint["synthlift"]
        self.steps_done, self.curve = state["steps_done"], state["curve"]
        self.sums.copy_(state["sums"])
        self.seconds_before = state["seconds"]
        self.rng.set_state(state["rng"].cpu())
        torch.set_rng_state(state["global_rng"].cpu())
        if state["cuda_rng"] is not None:
            torch.cuda.set_rng_state(state["cuda_rng"].cpu(), self.data.device)
        if self.share.n > 1:
            self._seed_own_draws()
        if self.choosing is not None:
            self.choosing.load_state(state["choosing"])
