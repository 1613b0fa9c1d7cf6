"""A trained GAN: draws labelled samples from the averaged generator, in the dataset's own units."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import nn

from synthlift.core.codec import Codec
from synthlift.core.samples import SYNTHETIC, Ints, SampleSet
from synthlift.core.schema import Schema
from synthlift.core.seeds import derive

if TYPE_CHECKING:
    from synthlift.generators.gan import Network

CHUNK = 1024


@dataclass(frozen=True, eq=False)
class FittedGan:
    """codec: fitted on the train rows. network: the averaged generator in evaluation mode."""

    codec: Codec
    network: nn.Module
    latent_dim: int

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
        features = []
        for start in range(0, len(labels), CHUNK):
            y = torch.from_numpy(np.array(labels[start : start + CHUNK])).to(device)
            rng = torch.Generator(device).manual_seed(derive(seed, "latent", start // CHUNK))
            rows = _latent_rows(len(y), device)
            z = torch.randn(rows, self.latent_dim, generator=rng, device=device)[: len(y)] * scale
            features.append(self.codec.decode(self.network(z, y).float().cpu().numpy()))
        images = (
            np.concatenate(features) if features else np.empty((0, *self.schema.shape), np.uint8)
        )
        return SampleSet(self.schema, images, labels, np.full(len(labels), SYNTHETIC, np.int64))

    @staticmethod
    def load(folder: Path, codec: Codec, network: Network) -> FittedGan:
        """Read back what `save_networks` wrote."""
        with torch.random.fork_rng([]):
            generator = network.generator(codec.code, codec.schema.n_classes)
        generator.load_state_dict(load_file(folder / "ema.safetensors"))
        return FittedGan(codec, generator.eval(), network.latent_dim)


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
