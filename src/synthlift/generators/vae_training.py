"""One step of a conditional variational autoencoder.

The loss is weight * reconstruction + divergence, sums over a row, means over the batch: of scalars
the negative log-likelihood of a normal with a learnt scale, of categories the cross-entropy, of z
its divergence from N(0, 1).
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from synthlift.generators.dense import Decoder
from synthlift.generators.loop import Training
from synthlift.generators.vae import ConditionalVae


class VaeTraining(Training):
    """Encoder, decoder (the generator), and their optimiser."""

    columns: ClassVar[tuple[str, ...]] = ("loss", "reconstruction", "divergence")
    rates: ClassVar[str] = "the rate of generator.optimizer"
    recipe: ConditionalVae
    generator: Decoder

    def make_networks(self, n_rows: int) -> None:
        self.generator = self.recipe.network.generator(self.codec.code, self.n_classes)
        self.encoder = self.recipe.network.encoder(self.codec.code, self.n_classes)

    def helper(self) -> tuple[str, nn.Module]:
        return "encoder", self.encoder

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return self.recipe.optimizer.build(
            [*self.encoder.parameters(), *self.generator.parameters()]
        )

    def on_fit_start(self) -> None:
        self.weights_of_both = [*self.encoder.parameters(), *self.weights]
        self.optimizer: torch.optim.Optimizer = self.optimizers(use_pl_optimizer=False)  # type: ignore[assignment]

    def step(self) -> tuple[Tensor, ...]:
        share, (real, condition) = self.share, self.draw_real()
        n, real, condition = len(real), share.mine(real), share.mine(condition)
        mean, log_variance = (part.float() for part in self.encoder(real, condition))
        noise = torch.randn(n, mean.shape[1], generator=self.rng, device=self.rng.device)
        noise = share.mine(noise)
        z = torch.addcmul(mean, noise, (log_variance / 2).exp())
        reconstruction = reconstruct(self.generator, z, condition, real.flatten(1)).mean()
        divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean() / 2
        loss = self.recipe.reconstruction_weight * reconstruction + divergence
        self.optimizer.zero_grad()
        self.manual_backward(share.weigh(loss))
        share.add_gradients(self.weights_of_both)
        self.optimizer.step()
        return loss.detach(), reconstruction.detach(), divergence.detach()


def reconstruct(decoder: Decoder, z: Tensor, condition: Tensor, codes: Tensor) -> Tensor:
    """Negative log-likelihood of codes `(n, width)` given z, up to a constant; `(n,)`."""
    scalars, groups = decoder.head.split(decoder.raw(z, condition).float())
    wanted, levels = decoder.head.arrange(codes)
    scale = decoder.scale()
    lost = ((scalars - wanted).square() / (2 * scale.square()) + scale.log()).sum(1)
    for logits, level in zip(groups, levels, strict=True):
        lost = lost - (logits.log_softmax(2) * level).sum((1, 2))
    return lost
