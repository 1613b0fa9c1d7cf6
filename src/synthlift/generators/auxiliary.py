"""A critic with a second head that names the class."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from synthlift.generators.critic import Critic, Judged
from synthlift.generators.stacks import scatter


class ClassCost(nn.Module):
    """Weighted mean cross-entropy: (logits `(n, n_classes)`, labels `(n,)`) to a scalar.

    neutral: the cost where labels are not shown (label_strength.py).
    """

    neutral = 0.0

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        return self.weight * cross_entropy(logits.float(), labels)


class AuxiliaryCritic(Critic):
    """Two linear heads on the same features: a score, and a logit per class.

    Odena et al. 2017, arXiv 1610.09585, section 3: the critic lowers the class cost of real and of
    fake samples, the generator that of fake ones. Real and fake samples are judged apart, which is
    right with every norm.
    """

    def __init__(
        self, features: nn.Module, width: int, n_classes: int, class_weight: float
    ) -> None:
        super().__init__()
        self.features = features
        self.score, self.logits = scatter(nn.Linear(width, 1)), scatter(nn.Linear(width, n_classes))
        self.class_cost = ClassCost(class_weight)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        scores: Tensor = self.score(self.features(x).flatten(1)).squeeze(1)
        return scores

    def judge(self, seen: Tensor, condition: Tensor) -> Judged:
        real, fake = (self.features(x).flatten(1) for x in seen.chunk(2))
        real_labels, fake_labels = condition.chunk(2)
        of_real = self.class_cost(self.logits(real), real_labels)
        of_fake = self.class_cost(self.logits(fake), fake_labels)
        d_real, d_fake = (self.score(h).squeeze(1).float() for h in (real, fake))
        return Judged(d_real, d_fake, critic_cost=of_real + of_fake, generator_cost=of_fake)
