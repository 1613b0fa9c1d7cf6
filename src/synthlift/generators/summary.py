"""network.json: which layers ran in which order, their shapes and parameters, for the report.

Measured in one dry run in evaluation mode; weights, batch statistics and random state stay as they
were. The report draws its diagram from this file and so needs no torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from synthlift.generators.critic import Critic
from synthlift.generators.layers import ConditionalSequential, Unconditional

NETWORK = "network.json"
BATCH = 2
# They only pass features on; what they hold is drawn, they themselves are not.
CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict, ConditionalSequential, Unconditional)
Shape = list[int]


@dataclass(frozen=True)
class LayerRow:
    """One layer that ran.

    level: 0 for a block of the diagram, 1 and more for its parts. inputs, output: shapes of one
    sample, without the batch; output is None for what gives no tensor. parameters: those of the
    layer with its parts, trainable or not.
    """

    name: str
    type: str
    level: int
    inputs: list[Shape]
    output: Shape | None
    parameters: int


def save_summary(
    folder: Path, noise_dim: int, generator: nn.Module, name: str, helper: nn.Module
) -> None:
    """Write network.json for a generator of z `(n, noise_dim)` and what looks at its samples.

    name: what the helper is called, critic or encoder.
    """
    device = next(generator.parameters()).device
    n = BATCH * int(getattr(helper, "pack", 1))  # a critic of packs takes no other number
    z = torch.zeros(n, noise_dim, device=device)
    labels = torch.zeros(n, dtype=torch.long, device=device)
    drawn, shown = summarize(generator, z, labels)
    seen = _judged(helper, drawn, labels) if isinstance(helper, Critic) else None
    networks = {"generator": shown, name: seen or summarize(helper, drawn, labels)[1]}
    (folder / NETWORK).write_text(json.dumps(networks, indent=1) + "\n")


def _judged(critic: Critic, drawn: Tensor, labels: Tensor) -> dict[str, Any]:
    """The summary of a critic in a step, where all of its heads run.

    names_class: whether one of them names the class, so that the critic is shown none.
    """
    both = torch.cat([drawn, drawn]), torch.cat([labels, labels])
    judged, shown = summarize(critic, *both, run=critic.judge)
    output, names_class = _shape(judged.real), judged.critic_cost is not None
    return {**shown, "output": output, "names_class": names_class}


def summarize(
    network: nn.Module, x: Tensor, labels: Tensor, run: Callable[..., Any] | None = None
) -> tuple[Any, dict[str, Any]]:
    """What the network makes of (x, labels), and its summary: input, output, parameters, layers.

    run: how it is called, if not as usual. Layers come in the order in which they begin to run,
    once each; what gives one number for the whole batch is a cost and no layer.
    """
    rows: dict[str, LayerRow] = {}
    hooks = []
    for name, module, level in drawn_layers(network):

        def begin(module: nn.Module, given: Any, name: str = name, level: int = level) -> None:
            rows.setdefault(name, _row(name, module, level, given))

        def end(module: nn.Module, given: Any, made: Any, name: str = name) -> None:
            if isinstance(made, Tensor) and made.dim() == 0:
                rows.pop(name, None)
                return
            rows[name] = LayerRow(**{**asdict(rows[name]), "output": _shape(made)})

        hooks += [module.register_forward_pre_hook(begin), module.register_forward_hook(end)]
    training = {module: module.training for module in network.modules()}
    cuda = [x.device] if x.is_cuda else []
    network.eval()
    try:
        with torch.no_grad(), torch.random.fork_rng(cuda):
            out = (run or network)(x, labels)
    finally:
        for hook in hooks:
            hook.remove()
        for module, was in training.items():
            module.training = was
    return out, {
        "input": _shape(x),
        "output": _shape(out),
        "parameters": _count(network),
        "layers": [asdict(row) for row in rows.values()],
    }


def drawn_layers(
    module: nn.Module, name: str = "", level: int = 0
) -> Iterator[tuple[str, nn.Module, int]]:
    """Blocks and their parts: (name, module, level), without containers and without the network."""
    for short, child in module.named_children():
        full = f"{name}.{short}" if name else short
        if isinstance(child, CONTAINERS):
            yield from drawn_layers(child, full, level)
        else:
            yield full, child, level
            if not is_parametrized(child):
                yield from drawn_layers(child, full, level + 1)


def _row(name: str, module: nn.Module, level: int, given: Any) -> LayerRow:
    inputs = [shape for x in given if (shape := _shape(x)) is not None]
    return LayerRow(name, _type(module), level, inputs, None, _count(module))


def _type(module: nn.Module) -> str:
    """The class of a layer, with its parametrization in words: 'Conv2d, spectral norm'."""
    name = type(module).__name__
    if not is_parametrized(module):
        return name
    lists = module.parametrizations.values()  # type: ignore[operator]
    kinds = (type(each).__name__.lstrip("_") for parts in lists for each in parts)
    words = {"SpectralNorm": "spectral norm", "WeightNorm": "weight norm"}
    extra = dict.fromkeys(words.get(kind, kind) for kind in kinds)
    return ", ".join([name.removeprefix("Parametrized"), *extra])


def _count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def _shape(x: Any) -> Shape | None:
    """The shape of one sample; of several tensors the first counts."""
    if isinstance(x, tuple | list) and x:
        return _shape(x[0])
    return list(x.shape[1:]) if isinstance(x, Tensor) else None
