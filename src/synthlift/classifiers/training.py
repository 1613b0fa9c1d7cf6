"""How a network classifier is trained.

The data are resident on the device and the batches drawn beforehand, so no step waits for a sync.
Every random draw has its own stream, so that two arms on the same seed start from the same weights
and meet the same rows in the same order, whatever their second slot holds.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytorch_lightning as pl
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from synthlift.core.errors import TrainingError
from synthlift.core.samples import SampleSet, TrainingSet
from synthlift.core.schema import Schema
from synthlift.core.seeds import derive

if TYPE_CHECKING:
    from synthlift.classifiers.base import Probabilities
    from synthlift.classifiers.net import NetClassifier

WEIGHTS = "weights.safetensors"
PROGRESS_EVERY = 50
PREDICT_BATCH = 1024
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)


def to_float(images: Tensor) -> Tensor:
    """uint8 pixels to floats in [-1, 1]."""
    return images.float() / 127.5 - 1


class ClassifierTraining(pl.LightningModule):
    """Weighted cross-entropy on two slots.

    The loss is (1 - w) * mean over real rows + w * mean over synthetic ones.
    """

    def __init__(
        self,
        recipe: NetClassifier,
        training: TrainingSet,
        seed: int,
        device: torch.device,
        progress: Callable[[int, int], None],
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.recipe, self.progress = recipe, progress
        torch.manual_seed(derive(seed, "initial weights"))
        self.network = recipe.network(training.schema)
        torch.manual_seed(derive(seed, "dropout"))
        self.augmentation = training.augmentation
        self.rng = torch.Generator(device).manual_seed(derive(seed, "augmentation"))
        self.slot_weight = training.slot_weight
        half = recipe.batch_size // 2 if training.slot else 0
        self.main = _Rows(
            training.main, derive(seed, "rows"), recipe.batch_size - half, recipe.steps, device
        )
        self.weight = torch.tensor(training.weight, device=device)
        self.slot = (
            _Rows(training.slot, derive(seed, "slot"), half, recipe.steps, device)
            if training.slot
            else None
        )

    def train_dataloader(self) -> Any:
        return range(self.recipe.steps)

    def configure_optimizers(self) -> Any:
        recipe = self.recipe
        optimizer = torch.optim.AdamW(
            self.network.parameters(), recipe.rate, weight_decay=recipe.weight_decay, fused=True
        )
        # one step more than is taken: the schedule needs at least two
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, recipe.steps + 1)
        return [optimizer], [schedule]

    def on_fit_start(self) -> None:
        self.optimizer: Any = self.optimizers(use_pl_optimizer=False)
        self.schedule: Any = self.lr_schedulers()

    def training_step(self, batch: Any, step: int) -> None:
        rows, images, labels = self.main.batch(step)
        if self.slot:
            _, more_images, more_labels = self.slot.batch(step)
            images, labels = torch.cat([images, more_images]), torch.cat([labels, more_labels])
        x = to_float(images)
        if self.augmentation is not None:
            x = self.augmentation(x, self.rng)
        losses = cross_entropy(self.network(x), labels, reduction="none")
        n = len(rows)
        loss = (losses[:n] * self.weight[rows]).mean()
        if self.slot:
            loss = (1 - self.slot_weight) * loss + self.slot_weight * losses[n:].mean()
        self.optimizer.zero_grad()
        self.manual_backward(loss)
        self.optimizer.step()
        self.schedule.step()
        if step % PROGRESS_EVERY == 0:
            self.progress(step, self.recipe.steps)


class _Rows:
    """A sample set on the device, and the positions of every batch, drawn beforehand.

    Positions run through random orders of all rows, one after another, so every row is seen equally
    often.
    """

    def __init__(
        self, samples: SampleSet, seed: int, n: int, steps: int, device: torch.device
    ) -> None:
        rng = np.random.default_rng(seed)
        rounds = -(-n * steps // len(samples))
        order = np.concatenate([rng.permutation(len(samples)) for _ in range(rounds)])
        self.rows = torch.from_numpy(order[: n * steps].reshape(steps, n)).to(device)
        self.images = torch.from_numpy(np.array(samples.images)).to(device)
        self.labels = torch.from_numpy(np.array(samples.labels)).to(device)

    def batch(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        rows = self.rows[step]
        return rows, self.images[rows], self.labels[rows]


@dataclass(frozen=True, eq=False)
class FittedNet:
    """A trained network that answers with probabilities."""

    network: nn.Module
    device: torch.device

    @torch.inference_mode()
    def predict(self, samples: SampleSet) -> Probabilities:
        self.network.to(self.device).eval()
        parts = []
        for start in range(0, len(samples), PREDICT_BATCH):
            images = torch.from_numpy(np.array(samples.images[start : start + PREDICT_BATCH]))
            logits = self.network(to_float(images.to(self.device)))
            parts.append(logits.double().softmax(1).float().cpu().numpy())
        return np.concatenate(parts)

    def save(self, folder: Path) -> None:
        state = {name: t.contiguous().cpu() for name, t in self.network.state_dict().items()}
        (folder / WEIGHTS).write_bytes(save(state))


def fit_net(
    recipe: NetClassifier,
    training: TrainingSet,
    seed: int,
    device: torch.device,
    progress: Callable[[int, int], None],
) -> FittedNet:
    """Train one network; the global random state of torch is left as it was."""
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(cuda), warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", module="pytorch_lightning"
        )  # advice on loaders, logging, workers
        module = ClassifierTraining(recipe, training, seed, device, progress)
        trainer = pl.Trainer(
            accelerator=device.type,
            devices=[device.index or 0] if cuda else 1,
            max_epochs=1,
            barebones=True,
        )
        trainer.fit(module)
    fitted = FittedNet(module.network, device)
    if not np.isfinite(fitted.predict(training.main)).all():
        raise TrainingError(
            "the classifier answers with NaN or infinite numbers after training; lower its rate"
        )
    return fitted


def load_net(recipe: NetClassifier, folder: Path, schema: Schema) -> FittedNet:
    """Read back what `FittedNet.save` wrote."""
    with torch.random.fork_rng([]):
        network = recipe.network(schema)
    network.load_state_dict(load_file(folder / WEIGHTS))
    return FittedNet(network, torch.device("cpu"))
