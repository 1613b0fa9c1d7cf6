"""One step of a conditional GAN: one update of both networks from one forward pass."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from synthlift.generators.gan import ConditionalGan
from synthlift.generators.loop import Training


class GanTraining(Training):
    """Both networks and their optimisers."""

    columns: ClassVar[tuple[str, ...]] = (
        "generator_loss",
        "critic_loss",
        "d_real",
        "d_fake",
        "critic_accuracy_real",
        "critic_accuracy_fake",
    )
    rates: ClassVar[str] = (
        "the rates of generator.generator_optimizer and generator.critic_optimizer"
    )
    recipe: ConditionalGan

    def make_networks(self, n_rows: int) -> None:
        network, code = self.recipe.network, self.codec.code
        self.generator = network.generator(code, self.n_classes)
        self.critic = network.critic(code, self.n_classes, n_rows)

    def helper(self) -> tuple[str, nn.Module]:
        return "critic", self.critic

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        return [
            self.recipe.generator_optimizer.build(self.generator.parameters()),
            self.recipe.critic_optimizer.build(self.critic.parameters()),
        ]

    def on_fit_start(self) -> None:
        self.optimizer_g, self.optimizer_c = self.optimizers(use_pl_optimizer=False)  # type: ignore[misc]
        self.weights_c = list(self.critic.parameters())

    def step(self) -> tuple[Tensor, ...]:
        recipe, n = self.recipe, self.batch_size
        real, real_condition = self.draw_real()
        z = self.draw_noise(n, self.rng)
        condition = self.conditions.fake(real_condition, self.rng)
        seen = torch.cat([real, self.generator(z, condition)])
        if recipe.augmentation is not None:
            seen = recipe.augmentation(seen, self.rng)
        d_real, d_fake = self.critic(seen, torch.cat([real_condition, condition])).float().chunk(2)
        critic_loss = recipe.loss.critic(d_real, d_fake)
        penalty = recipe.penalty(self.critic, seen[:n], seen[n:], real_condition, self.steps_done)
        total = critic_loss if penalty is None else critic_loss + penalty
        generator_loss = recipe.loss.generator(d_fake)
        self.optimizer_c.zero_grad()
        self.optimizer_g.zero_grad()
        self.manual_backward(total, inputs=self.weights_c, retain_graph=True)
        self.manual_backward(generator_loss, inputs=self.weights)
        self.optimizer_c.step()
        self.optimizer_g.step()
        with torch.no_grad():
            at = recipe.loss.threshold(d_real, d_fake)
            real_right, fake_right = (d_real > at).float().mean(), (d_fake < at).float().mean()
            return generator_loss, total, d_real.mean(), d_fake.mean(), real_right, fake_right
