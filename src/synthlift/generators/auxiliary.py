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

    After Odena et al. 2017, arXiv 1610.09585, section 3. There the critic lowers the class cost of
    fake samples too; here only that of real ones, since a fake one may show another class than it
    was asked for, and with few rows samples carry their labels better so. The generator lowers that
    of fake ones. Real and fake samples are judged apart, which is right with every norm.
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
        halves = zip(seen.chunk(2), condition.chunk(2), strict=True)
        (d_real, of_real), (d_fake, of_fake) = (self._judge_half(x, y) for x, y in halves)
        return Judged(d_real, d_fake, critic_cost=of_real, generator_cost=of_fake)

    def _judge_half(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Scores `(n,)` and the class cost of samples of one kind."""
        h = self.features(x).flatten(1)  # (n, width)
        return self.score(h).squeeze(1).float(), self.class_cost(self.logits(h), labels)
