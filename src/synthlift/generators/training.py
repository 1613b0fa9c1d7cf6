"""One step of a conditional GAN: the critic is updated n_critic times, the generator once.

The last update of the critic and that of the generator share a forward pass.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from synthlift.generators.critic import Judged
from synthlift.generators.gan import ConditionalGan
from synthlift.generators.label_strength import LabelStrength
from synthlift.generators.loop import Training
from synthlift.generators.penalties import Seen


class GanTraining(Training):
    """Both networks, their optimisers, and what has a state of its own beside them."""

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
        recipe, code = self.recipe, self.codec.code
        self.generator = recipe.network.generator(code, self.n_classes)
        self.critic = recipe.network.critic(code, self.n_classes, n_rows)
        self.penalty, self.augmentation = recipe.penalty.start(), recipe.augmentation.start()
        self.shown = LabelStrength()
        if recipe.label_ramp.strength(0, recipe.steps) < 1:
            self.shown.start(self.generator, self.critic)

    def helper(self) -> tuple[str, nn.Module]:
        return "critic", self.critic

    @property
    def is_settled(self) -> bool:
        return self.shown.value == 1

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        return [
            self.recipe.generator_optimizer.build(self.generator.parameters()),
            self.recipe.critic_optimizer.build(self.critic.parameters()),
        ]

    def on_fit_start(self) -> None:
        self.optimizer_g, self.optimizer_c = self.optimizers(use_pl_optimizer=False)  # type: ignore[misc]
        self.weights_c = list(self.critic.parameters())

    def step(self) -> tuple[Tensor, ...]:
        self._follow_schedules()
        for i in range(self.recipe.n_critic - 1):
            _, critic_loss = self._look(i)
            self.optimizer_c.zero_grad()
            self.manual_backward(self.share.weigh(critic_loss), inputs=self.weights_c)
            self.share.add_gradients(self.weights_c)
            self.optimizer_c.step()
        judged, critic_loss = self._look(self.recipe.n_critic - 1)
        generator_loss = _sum(self.recipe.loss.generator(judged.fake), judged.generator_cost)
        self.optimizer_c.zero_grad()
        self.optimizer_g.zero_grad()
        weigh = self.share.weigh
        self.manual_backward(weigh(critic_loss), inputs=self.weights_c, retain_graph=True)
        self.manual_backward(weigh(generator_loss), inputs=self.weights)
        self.share.add_gradients([*self.weights_c, *self.weights])
        self.optimizer_c.step()
        self.optimizer_g.step()
        return generator_loss, critic_loss, *self._measure(judged.real, judged.fake)

    def _look(self, i: int) -> tuple[Judged, Tensor]:
        """Show the critic real and fake samples for update i of this step; its loss."""
        recipe, share, n = self.recipe, self.share, self.batch_size
        real, real_condition = self.draw_real()
        z = self.draw_noise(n, self.rng)
        condition = share.mine(self.conditions.fake(real_condition, self.rng))
        fake = share.among(self.generator(share.mine(z), condition))
        seen = share.mine(self.augmentation(torch.cat([real, fake]), self.rng), 2)
        real_condition = share.mine(real_condition)
        judged = self.critic.judge(seen, torch.cat([real_condition, condition]))
        ours, theirs = seen.tensor_split([len(condition)])
        at_once = Seen(
            ours, theirs, real_condition, judged.real, judged.fake, batch=n, whole=share.whole
        )
        penalty = self.penalty(self.critic, at_once, self.steps_done * recipe.n_critic + i)
        adversarial = recipe.loss.critic(judged.real, judged.fake)
        return judged, _sum(adversarial, penalty, judged.critic_cost)

    @torch.no_grad()
    def _measure(self, d_real: Tensor, d_fake: Tensor) -> tuple[Tensor, ...]:
        """Mean scores, and how often the critic was right about real and about fake samples."""
        d_real, d_fake = self.share.whole(d_real), self.share.whole(d_fake)
        at = self.recipe.loss.threshold(d_real, d_fake)
        self.augmentation.learn(d_real - at)
        real_right, fake_right = (d_real > at).float().mean(), (d_fake < at).float().mean()
        return d_real.mean(), d_fake.mean(), real_right, fake_right

    def _follow_schedules(self) -> None:
        """Set the rates and the strength of labels for this step."""
        recipe, step = self.recipe, self.steps_done
        factor = recipe.rate_schedule.factor(step, recipe.steps)
        for optimizer, of in (
            (self.optimizer_g, recipe.generator_optimizer),
            (self.optimizer_c, recipe.critic_optimizer),
        ):
            for group in optimizer.param_groups:
                group["lr"] = of.rate * factor
        self.shown.value = recipe.label_ramp.strength(step, recipe.steps)


def _sum(first: Tensor, *others: Tensor | None) -> Tensor:
    """The sum of those that are there."""
    for other in others:
        if other is not None:
            first = first + other
    return first
