"""A trained generator: draws labelled samples from its averaged network, in the dataset's units."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from synthlift.core.codec import Codec
from synthlift.core.samples import SYNTHETIC, Ints, SampleSet, concatenate
from synthlift.core.schema import Schema
from synthlift.core.seeds import derive
from synthlift.generators.conditions import Ask, ask_by_label

if TYPE_CHECKING:
    from synthlift.generators.conditioning import Conditioning
    from synthlift.generators.trained import Drawer

CHUNK = 1024
DECODED_AT_ONCE = 2**22  # numbers; a table is decoded column by column, so few rows cost as many


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """codec: fitted on the train rows. network: the averaged generator in evaluation mode.

    noise_dim: numbers of z for one sample. ask: turns labels into conditions.
    """

    codec: Codec
    network: nn.Module
    noise_dim: int
    ask: Ask = ask_by_label

    @property
    def schema(self) -> Schema:
        return self.codec.schema

    @torch.inference_mode()
    def sample(self, labels: Ints, seed: int, scale: float, device: torch.device) -> SampleSet:
        """Draw one sample per label.

        Each chunk of 1,024 has its own stream, so a prefix is always the same. scale: standard
        deviation of z; below 1 samples are more typical, above it more varied.
        """
        _ready(self.network, device)
        chunks = max(DECODED_AT_ONCE // prod(self.codec.code.shape) // CHUNK, 1)
        parts = []
        for start in range(0, max(len(labels), 1), chunks * CHUNK):
            some = labels[start : start + chunks * CHUNK]
            features = self.codec.decode(self._codes(some, start, seed, scale, device))
            origin = np.full(len(some), SYNTHETIC, np.int64)
            parts.append(SampleSet(self.schema, features, some, origin))
        return parts[0] if len(parts) == 1 else concatenate(parts)

    def _codes(
        self, labels: Ints, first: int, seed: int, scale: float, device: torch.device
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """Codes of labels that begin at place `first`, a multiple of the chunk."""
        codes = np.empty((len(labels), *self.codec.code.shape), np.float32)
        for start in range(0, len(labels), CHUNK):
            some, chunk = labels[start : start + CHUNK], (first + start) // CHUNK
            # The last bits of a product of matrices depend on their height, and numbers show them.
            n = CHUNK if codes.ndim == 2 else len(some)
            y = torch.from_numpy(np.pad(some, (0, n - len(some)))).to(device)
            z = self._noise(n, derive(seed, "latent", chunk), device) * scale
            rng = torch.Generator(device).manual_seed(derive(seed, "level", chunk))
            u = torch.rand(CHUNK, generator=rng, device=device)[:n]
            drawn: Tensor = self.network(z, self.ask(y, u)).float()
            codes[start : start + CHUNK] = drawn[: len(some)].cpu().numpy()
        return codes

    def _noise(self, n: int, seed: int, device: torch.device) -> Tensor:
        rng = torch.Generator(device).manual_seed(seed)
        rows = _latent_rows(n, device)
        return torch.randn(rows, self.noise_dim, generator=rng, device=device)[:n]

    @staticmethod
    def load(
        folder: Path, codec: Codec, network: Drawer, conditioning: Conditioning
    ) -> FittedNetwork:
        """Read back what a training has written."""
        with torch.random.fork_rng([]):
            generator = network.generator(codec.code, codec.schema.n_classes)
        generator.load_state_dict(load_file(folder / "ema.safetensors"))
        ask = conditioning.load(folder)
        return FittedNetwork(codec, generator.eval(), network.noise_dim(codec.code), ask)


def _ready(network: nn.Module, device: torch.device) -> None:
    """Put the network on the device in evaluation mode; nothing to do costs next to nothing."""
    if network.training or next(network.parameters()).device != device:
        network.to(device).eval()


def _latent_rows(n: int, device: torch.device) -> int:
    """Rows of noise to draw for n samples, so that these are always the first of a whole chunk.

    On the CPU torch fills 16 numbers at a time, in order; elsewhere nothing less than the whole
    chunk gives the same numbers.
    """
    return -(-n // 16) * 16 if device.type == "cpu" else CHUNK


def save_networks(folder: Path, **networks: nn.Module) -> None:
    """Write each network as `<name>.safetensors`."""
    for name, network in networks.items():
        state = {key: t.detach().contiguous().cpu() for key, t in network.state_dict().items()}
        (folder / f"{name}.safetensors").write_bytes(save(state))
