"""Keep the best state of a training so far: what a `Selection` scores, and what of it is stored."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from synthlift.core.codec import Codec
from synthlift.core.errors import DataError
from synthlift.core.samples import SampleSet
from synthlift.generators.selection import Selection
from synthlift.generators.spans import harden

SELECTION = "selection.csv"


class Choosing:
    """Scores of a training, and the state with the highest one.

    seed: of the noise of all candidates and of the scorer, so that they differ in nothing else.
    A DataError where there are no valid rows.
    """

    def __init__(self, selection: Selection, valid: SampleSet, codec: Codec, seed: int) -> None:
        if not len(valid):
            raise DataError(
                "no valid row is there to choose the best state by; raise split.valid or "
                "split.n_valid, or keep the last state with generator.selection=null"
            )
        self.selection, self.codec, self.seed = selection, codec, seed
        self.valid = codec.encode(valid).reshape(len(valid), -1)
        self.truth = valid.labels
        self.scores: list[dict[str, float]] = []
        self.best: dict[str, Tensor] = {}

    def is_due(self, step: int) -> bool:
        return step % self.selection.every == 0

    def labels(self, n_classes: int) -> Tensor:
        """Labels of the samples that a candidate draws."""
        return torch.arange(n_classes).repeat_interleave(self.selection.n_per_class)

    def consider(self, step: int, candidate: nn.Module, codes: Tensor, labels: Tensor) -> None:
        """Score what the candidate has drawn, and keep its state if none was better."""
        hard = harden(codes.flatten(1), self.codec.code.spans).cpu().numpy()
        score = self.selection.score(hard, labels.cpu().numpy(), self.valid, self.truth, self.seed)
        if score >= max((row["score"] for row in self.scores), default=score):
            self.best = {name: t.clone() for name, t in candidate.state_dict().items()}
        self.scores.append({"step": step, "score": score})

    def restore(self, network: nn.Module) -> None:
        """Put the best state into the network."""
        network.load_state_dict(self.best)

    def save(self, folder: Path) -> None:
        """Write selection.csv: each score (0 to 1), and which one was kept."""
        highest = max(row["score"] for row in self.scores)
        kept = max(row["step"] for row in self.scores if row["score"] == highest)
        with (folder / SELECTION).open("w", newline="") as file:
            table = csv.DictWriter(file, ["step", "score", "kept"])
            table.writeheader()
            table.writerows({**row, "kept": int(row["step"] == kept)} for row in self.scores)

    def state(self) -> dict[str, Any]:
        return {"scores": self.scores, "best": self.best}

    def load_state(self, state: dict[str, Any]) -> None:
        self.scores, self.best = state["scores"], state["best"]
