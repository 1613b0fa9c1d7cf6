"""The one training loop of all conditional GANs: Lightning with manual optimisation.

The training set lies on the device, encoded; real batches are class-balanced and fake labels
uniform, because labels drawn from the data starve rare classes. One step is one update of both
networks from one forward pass; nothing in it waits for the device. At every checkpoint the random
state is kept too, so a resumed training equals an unbroken one.
"""

from __future__ import annotations

import copy
import itertools
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytorch_lightning as pl
import torch
from PIL import Image
from torch import Tensor, nn

from synthlift.core.codec import Codec
from synthlift.core.errors import TrainingError
from synthlift.core.samples import SampleSet
from synthlift.core.seeds import derive
from synthlift.generators.checkpoints import last_checkpoint

if TYPE_CHECKING:
    from synthlift.generators.gan import ConditionalGan

COLUMNS = (
    "generator_loss",
    "critic_loss",
    "d_real",
    "d_fake",
    "critic_accuracy_real",
    "critic_accuracy_fake",
)
GRID_CLASSES, GRID_COLUMNS = 10, 10
RECALIBRATION_BATCHES = 50


class GanTraining(pl.LightningModule):
    """Both networks, the moving average, and the state that a checkpoint has to carry."""

    def __init__(
        self,
        recipe: ConditionalGan,
        train: SampleSet,
        codec: Codec,
        seed: int,
        scratch: Path,
        device: torch.device,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.recipe, self.scratch = recipe, scratch
        self.codec = codec
        self.n_classes = train.schema.n_classes
        torch.manual_seed(derive(seed, "initial weights"))
        self.generator = recipe.network.generator(self.codec.code, self.n_classes)
        self.critic = recipe.network.critic(self.codec.code, self.n_classes)
        self.ema = copy.deepcopy(self.generator).requires_grad_(False)
        torch.manual_seed(derive(seed, "dropout"))
        self.rng = torch.Generator(device).manual_seed(derive(seed, "training"))
        self.grid_seed = derive(seed, "grid")
        self.steps_done = 0
        self.curve: list[dict[str, float]] = []
        self.sums = torch.zeros(len(COLUMNS), device=device)
        self.seconds_before, self.started = 0.0, time.monotonic()
        self._place_data(train, device)

    def _place_data(self, train: SampleSet, device: torch.device) -> None:
        """Rows sorted by class, with where each class starts and how many rows it has."""
        order = np.argsort(train.labels, kind="stable")
        counts = train.counts()
        self.data = torch.from_numpy(self.codec.encode(train)[order]).to(device)
        self.first = torch.from_numpy(np.cumsum(counts) - counts).to(device)
        self.counts = torch.from_numpy(counts).to(device)

    # what Lightning asks for

    def train_dataloader(self) -> Any:
        return itertools.repeat(0)  # the data are already there; `steps` ends the training

    def configure_optimizers(self) -> Any:
        return [
            self.recipe.generator_optimizer.build(self.generator.parameters()),
            self.recipe.critic_optimizer.build(self.critic.parameters()),
        ]

    def on_fit_start(self) -> None:
        self.optimizer_g, self.optimizer_c = self.optimizers(use_pl_optimizer=False)  # type: ignore[misc]
        self.weights_g = list(self.generator.parameters())
        self.weights_c = list(self.critic.parameters())

    def training_step(self, batch: Any, index: int) -> None:
        if self.steps_done >= self.recipe.steps:
            return  # resumed from the very last checkpoint
        recipe, n = self.recipe, self.recipe.batch_size
        real, real_labels = self._real_batch(n)
        z, labels = self._noise(n)
        fake = self.generator(z, labels)
        seen = torch.cat([real, fake])
        if recipe.augmentation is not None:
            seen = recipe.augmentation(seen, self.rng)
        d_real, d_fake = self.critic(seen, torch.cat([real_labels, labels])).float().split(n)
        critic_loss = recipe.loss.critic(d_real, d_fake)
        penalty = recipe.penalty(self.critic, seen[:n], real_labels, self.steps_done)
        total = critic_loss if penalty is None else critic_loss + penalty
        generator_loss = recipe.loss.generator(d_fake)
        self.optimizer_c.zero_grad()
        self.optimizer_g.zero_grad()
        self.manual_backward(total, inputs=self.weights_c, retain_graph=True)
        self.manual_backward(generator_loss, inputs=self.weights_g)
        self.optimizer_c.step()
        self.optimizer_g.step()
        self.steps_done += 1
        recipe.ema.update(self.ema, self.generator, self.steps_done)
        with torch.no_grad():
            real_right, fake_right = (d_real > 0).float().mean(), (d_fake < 0).float().mean()
            means = (generator_loss, total, d_real.mean(), d_fake.mean(), real_right, fake_right)
            self.sums += torch.stack(means)

    def _real_batch(self, n: int) -> tuple[Tensor, Tensor]:
        """Class-balanced rows: a uniform class, then a uniform row of it."""
        device = self.data.device
        labels = torch.randint(self.n_classes, (n,), generator=self.rng, device=device)
        counts = self.counts[labels]
        within = (torch.rand(n, generator=self.rng, device=device) * counts).long()
        return self.data[self.first[labels] + torch.minimum(within, counts - 1)], labels

    def _noise(self, n: int) -> tuple[Tensor, Tensor]:
        device = self.data.device
        z = torch.randn(n, self.recipe.network.latent_dim, generator=self.rng, device=device)
        return z, torch.randint(self.n_classes, (n,), generator=self.rng, device=device)

    # what happens between steps

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        step, recipe = self.steps_done, self.recipe
        last = step >= recipe.steps
        if last:
            self.trainer.should_stop = True
        if self.curve and self.curve[-1]["step"] == step:
            return  # resumed from the very last checkpoint: all is written
        if step % recipe.log_every == 0 or last:
            self._log()
        if step % recipe.checkpoint_every == 0 or last:
            self._draw_grid()
            self.trainer.save_checkpoint(last_checkpoint(self.scratch, self.data.device))

    def _log(self) -> None:
        """Add a row to the curve: means since the last one."""
        done_before = int(self.curve[-1]["step"]) if self.curve else 0
        means = (self.sums / (self.steps_done - done_before)).tolist()
        self.sums.zero_()
        seconds = self.seconds_before + time.monotonic() - self.started
        row = dict(zip(COLUMNS, means, strict=True))
        self.curve.append({"step": self.steps_done, **row, "seconds": round(seconds, 2)})
        for logger in self.loggers:
            logger.log_metrics(row, self.steps_done)
        if not np.isfinite(means).all():
            raise self._diverged("a loss")

    def _diverged(self, what: str) -> TrainingError:
        return TrainingError(
            f"the GAN diverged: {what} became NaN or infinite before step {self.steps_done} of "
            f"{self.recipe.steps}; lower the rates of generator.generator_optimizer and "
            "generator.critic_optimizer, or use generator.precision=32-true"
        )

    @torch.no_grad()
    def _draw_grid(self) -> None:
        """Save what the averaged generator draws from the same noise each time: a row per class."""
        rows = min(self.n_classes, GRID_CLASSES)
        labels = torch.arange(rows, device=self.data.device).repeat_interleave(GRID_COLUMNS)
        rng = torch.Generator(self.data.device).manual_seed(self.grid_seed)
        z = torch.randn(
            len(labels), self.recipe.network.latent_dim, generator=rng, device=self.data.device
        )
        for ours, theirs in zip(self.ema.buffers(), self.generator.buffers(), strict=True):
            ours.copy_(theirs)
        self.ema.eval()
        drawn = self.ema(z, labels).float()
        if not bool(drawn.isfinite().all()):  # the last update is in no row of the curve
            raise self._diverged("a sample")
        images = self.codec.decode(drawn.cpu().numpy())
        assert isinstance(images, np.ndarray)  # (n, C, H, W)
        _, channels, height, width = images.shape
        tiles = images.reshape(rows, GRID_COLUMNS, channels, height, width).transpose(0, 3, 1, 4, 2)
        picture = tiles.reshape(rows * height, GRID_COLUMNS * width, channels)
        path = self.scratch / "grids" / f"step_{self.steps_done:07d}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(picture.squeeze(2) if channels == 1 else picture).save(path)

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

    @torch.no_grad()
    def recalibrate(self) -> None:
        """Give the averaged generator batch statistics of its own, as means over fresh batches."""
        self.ema.to(self.data.device).train()
        for module in self.ema.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.reset_running_stats()
                module.momentum = None  # a plain mean over all batches
        for _ in range(RECALIBRATION_BATCHES):
            self.ema(*self._noise(self.recipe.batch_size))
