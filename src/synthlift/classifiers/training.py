"""How a network classifier is trained.

The data are resident on the device and the batches drawn beforehand, so no step waits for a sync.
Every random draw has its own stream, so that two arms on the same seed start from the same weights
and meet the same rows in the same order, whatever their second slot holds.
"""

from __future__ import annotations

import json
import logging
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytorch_lightning as pl
import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from synthlift.classifiers.rows import with_copies
from synthlift.classifiers.vectoriser import Vectoriser
from synthlift.core.errors import TrainingError
from synthlift.core.samples import Ints, SampleSet, TrainingSet
from synthlift.core.schema import Schema, TableSchema
from synthlift.core.seeds import derive

if TYPE_CHECKING:
    from synthlift.classifiers.base import Probabilities
    from synthlift.classifiers.net import NetClassifier

WEIGHTS = "weights.safetensors"
VECTORISER = "vectoriser.json"
PROGRESS_EVERY = 50
PREDICT_BATCH = 1024
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)


def to_float(features: Tensor) -> Tensor:
    """uint8 pixels to floats in [-1, 1]; the vectors of a table as they are."""
    return features.float() / 127.5 - 1 if features.dtype == torch.uint8 else features


def to_tensor(samples: SampleSet, vectoriser: Vectoriser | None) -> Tensor:
    """Features of a sample set: uint8 pixels, or float32 vectors of a table `(n, width)`."""
    if vectoriser is None:
        return torch.from_numpy(np.array(samples.images))
    return torch.from_numpy(vectoriser.encode(samples).astype(np.float32))


def shape_of(schema: Schema, vectoriser: Vectoriser | None) -> tuple[int, ...]:
    """Shape of one sample as the network takes it."""
    return schema.shape if vectoriser is None else (vectoriser.width,)


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
        self.vectoriser = None
        if isinstance(training.schema, TableSchema):
            self.vectoriser = Vectoriser.fit(training.main)
            training = with_copies(training, seed)
        torch.manual_seed(derive(seed, "initial weights"))
        shape = shape_of(training.schema, self.vectoriser)
        self.network = recipe.network(shape, training.schema.n_classes)
        torch.manual_seed(derive(seed, "dropout"))
        self.augmentation = training.augmentation
        self.rng = torch.Generator(device).manual_seed(derive(seed, "augmentation"))
        self.slot_weight = training.slot_weight
        half = recipe.batch_size // 2 if training.slot else 0
        self.main = self._rows(training.main, derive(seed, "rows"), recipe.batch_size - half)
        self.weight = torch.tensor(training.weight, device=device)
        self.slot = self._rows(training.slot, derive(seed, "slot"), half) if training.slot else None

    def _rows(self, samples: SampleSet, seed: int, n: int) -> _Rows:
        """Rows of which each batch holds n."""
        features = to_tensor(samples, self.vectoriser)
        return _Rows(features, samples.labels, seed, n, self.recipe.steps, self.rng.device)

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
        rows, features, labels = self.main.batch(step)
        if self.slot:
            _, more_features, more_labels = self.slot.batch(step)
            features = torch.cat([features, more_features])
            labels = torch.cat([labels, more_labels])
        x = to_float(features)
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
        self, features: Tensor, labels: Ints, seed: int, n: int, steps: int, device: torch.device
    ) -> None:
        rng = np.random.default_rng(seed)
        rounds = -(-n * steps // len(labels))
        order = np.concatenate([rng.permutation(len(labels)) for _ in range(rounds)])
        self.rows = torch.from_numpy(order[: n * steps].reshape(steps, n)).to(device)
        self.features = features.to(device)
        self.labels = torch.from_numpy(np.array(labels)).to(device)

    def batch(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        rows = self.rows[step]
        return rows, self.features[rows], self.labels[rows]


@dataclass(frozen=True, eq=False)
class FittedNet:
    """A trained network that answers with probabilities; vectoriser: None for images."""

    network: nn.Module
    vectoriser: Vectoriser | None
    device: torch.device

    @torch.inference_mode()
    def predict(self, samples: SampleSet) -> Probabilities:
        self.network.to(self.device).eval()
        parts = []
        for start in range(0, max(len(samples), 1), PREDICT_BATCH):
            rows = samples.take(np.arange(start, min(start + PREDICT_BATCH, len(samples))))
            logits = self.network(to_float(to_tensor(rows, self.vectoriser).to(self.device)))
            parts.append(logits.double().softmax(1).float().cpu().numpy())
        return np.concatenate(parts)

    def save(self, folder: Path) -> None:
        state = {name: t.contiguous().cpu() for name, t in self.network.state_dict().items()}
        (folder / WEIGHTS).write_bytes(save(state))
        if self.vectoriser:
            (folder / VECTORISER).write_text(json.dumps(self.vectoriser.to_json()))


def fit_net(
    recipe: NetClassifier,
    training: TrainingSet,
    seed: int,
    device: torch.device,
    progress: Callable[[int, int], None],
) -> FittedNet:
    """Train one network; the global random state of torch is left as it was."""
    progress(0, recipe.steps)
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(cuda), warnings.catch_warnings():
        for of in ("pytorch_lightning", "lightning"):  # advice on loaders, logging, SLURM
            warnings.filterwarnings("ignore", module=of)
        module = ClassifierTraining(recipe, training, seed, device, progress)
        trainer = pl.Trainer(
            accelerator=device.type,
            devices=[device.index or 0] if cuda else 1,
            max_epochs=1,
            barebones=True,
            default_root_dir=os.devnull,  # in a job of SLURM checkpoints would be looked for here
            plugins=[LightningEnvironment()],  # one process, also within a job of SLURM
        )
        trainer.fit(module)
    fitted = FittedNet(module.network, module.vectoriser, device)
    if not np.isfinite(fitted.predict(training.main)).all():
        raise TrainingError(
            "the classifier answers with NaN or infinite numbers after training; lower its rate"
        )
    return fitted


def load_net(recipe: NetClassifier, folder: Path, schema: Schema) -> FittedNet:
    """Read back what `FittedNet.save` wrote."""
    vectoriser = None
    if isinstance(schema, TableSchema):
        vectoriser = Vectoriser.from_json(json.loads((folder / VECTORISER).read_text()))
    with torch.random.fork_rng([]):
        network = recipe.network(shape_of(schema, vectoriser), schema.n_classes)
    network.load_state_dict(load_file(folder / WEIGHTS))
    return FittedNet(network, vectoriser, torch.device("cpu"))
