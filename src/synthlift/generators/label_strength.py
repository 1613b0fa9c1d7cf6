"""Show labels less strongly than in full, for a training that fades them in.

Every way by which a label enters a network is a module with the attribute `neutral`: what it says
where the label is not shown. Its output is moved towards that, so the networks themselves, and what
is stored of them, know nothing of it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class LabelStrength:
    """How strongly labels are shown to some networks, and to copies made of them later.

    value: 1 in full, 0 not at all; it counts from `start` on.
    """

    def __init__(self) -> None:
        self.value = 1.0

    def start(self, *networks: nn.Module) -> None:
        """Hook into every entry of a label."""

        def weaken(module: Any, given: Any, shown: Tensor) -> Tensor:
            if self.value == 1.0:
                return shown
            return torch.lerp(torch.full_like(shown, module.neutral), shown, self.value)

        for network in networks:
            for module in network.modules():
                if hasattr(module, "neutral"):
                    module.register_forward_hook(weaken)
