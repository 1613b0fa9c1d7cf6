"""The rows of a batch, on one device or shared out among several, each with a process of its own.

Every process draws the whole batch from the same stream and works on rows of its own; losses are
weighted by their share and gradients added up. So several devices do what one does with the same
batch, up to the order of summation. Only what networks and penalties draw by themselves (dropout,
where a gradient penalty looks) comes from a stream per device.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from synthlift.core.errors import SynthliftError


class Alone:
    """One device, which has every row; nothing here does anything.

    rank: of this process among `n`. leads: whether it is the one that writes.
    """

    rank, n, leads = 0, 1, True

    def mine(self, rows: Tensor, parts: int = 1) -> Tensor:
        """Own rows of a batch, or of each of several batches one after another."""
        return rows

    def among(self, rows: Tensor) -> Tensor:
        """Own rows at their place in a batch; zeros stand for those of others."""
        return rows

    def whole(self, values: Tensor) -> Tensor:
        """Values of own rows, together with those of all others, without gradients."""
        return values

    def weigh(self, loss: Tensor) -> Tensor:
        """A mean over own rows as its part of that over all; the parts add up."""
        return loss

    def add_gradients(self, weights: Sequence[Tensor]) -> None:
        """Make the gradients of the weights those of all parts together."""

    def mean(self, values: Tensor) -> Tensor:
        """Means over own rows to means over all."""
        return values

    def join(self, *networks: nn.Module) -> None:
        """Let batch norm in these networks see all rows."""

    def agree(self, value: bool) -> bool:
        """What the leading process says."""
        return value

    def check(self, weights: Sequence[Tensor]) -> None:
        """Refuse to go on with weights that are not the same everywhere."""


class Shared(Alone):
    """One of several processes that share out batches of `batch` rows.

    unit: rows that stay together, as a pack does. The process group of torch.distributed is there.
    """

    def __init__(self, batch: int, unit: int) -> None:
        self.rank, self.n = dist.get_rank(), dist.get_world_size()
        self.leads = self.rank == 0
        self.batch = batch
        self.start, self.stop = (batch // unit * r // self.n * unit for r in self._ends())
        self.weight = (self.stop - self.start) / batch

    def _ends(self) -> tuple[int, int]:
        return self.rank, self.rank + 1

    def mine(self, rows: Tensor, parts: int = 1) -> Tensor:
        if parts == 1:
            return rows[self.start : self.stop]
        return torch.cat([part[self.start : self.stop] for part in rows.chunk(parts)])

    def among(self, rows: Tensor) -> Tensor:
        before = rows.new_zeros(self.start, *rows.shape[1:])
        after = rows.new_zeros(self.batch - self.stop, *rows.shape[1:])
        return torch.cat([before, rows, after])

    def whole(self, values: Tensor) -> Tensor:
        rows = self.stop - self.start  # a value may stand for a pack of them
        at = self.start * len(values) // rows
        found = values.new_zeros(self.batch * len(values) // rows, *values.shape[1:])
        found[at : at + len(values)] = values.detach()
        dist.all_reduce(found)
        return found

    def weigh(self, loss: Tensor) -> Tensor:
        return loss * self.weight

    def add_gradients(self, weights: Sequence[Tensor]) -> None:
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        dist.all_reduce(flat)
        parts = torch.split(flat, [gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view(gradient.shape))

    def mean(self, values: Tensor) -> Tensor:
        means = values * self.weight
        dist.all_reduce(means)
        return means

    def join(self, *networks: nn.Module) -> None:
        for network in networks:
            for module in list(network.modules()):
                for name, child in list(module.named_children()):
                    if isinstance(child, _BatchNorm):
                        setattr(module, name, SharedBatchNorm(child, self))

    def agree(self, value: bool) -> bool:
        said: list[Any] = [value]
        dist.broadcast_object_list(said)
        return bool(said[0])

    def check(self, weights: Sequence[Tensor]) -> None:
        bits = [weight.detach().view(torch.int32).sum(dtype=torch.int64) for weight in weights]
        ours = torch.stack(bits)
        lowest, highest = ours.clone(), ours.clone()
        dist.all_reduce(lowest, dist.ReduceOp.MIN)
        dist.all_reduce(highest, dist.ReduceOp.MAX)
        if not torch.equal(lowest, highest):
            raise SynthliftError(
                f"the {self.n} devices no longer have the same weights, so the training was ended; "
                "use devices of one kind, or compute.devices=1"
            )


class SharedBatchNorm(_BatchNorm):
    """Batch norm by the mean and variance of all rows; weights and buffers are those of `norm`.

    Unlike torch's SyncBatchNorm it runs on the CPU too.
    """

    def __init__(self, norm: _BatchNorm, share: Shared) -> None:
        super().__init__(norm.num_features, norm.eps, norm.momentum, norm.affine)
        self.weight, self.bias = norm.weight, norm.bias
        for name, buffer in norm.named_buffers():
            setattr(self, name, buffer)
        self.share = share

    def _check_input_dim(self, input: Tensor) -> None:
        pass  # rows of any form: `norm` was made for them

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            settled: Tensor = super().forward(input)
            return settled
        share, x = self.share, input.float()
        dims = [d for d in range(x.dim()) if d != 1]
        along = [1, -1, *[1] * (x.dim() - 2)]
        n = x.numel() // x.shape[1] * share.batch // (share.stop - share.start)
        mean = _Sum.apply(x.sum(dims)) / n  # (C,)
        centred = x - mean.view(along)
        variance = _Sum.apply(centred.square().sum(dims)) / n
        self._follow(mean.detach(), variance.detach() * (n / max(n - 1, 1)))
        normed = centred * (variance + self.eps).rsqrt().view(along)
        if self.affine:
            normed = torch.addcmul(self.bias.view(along), normed, self.weight.view(along))
        out: Tensor = normed.to(input.dtype)
        return out

    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        assert self.momentum is not None
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)


class _Sum(torch.autograd.Function):
    """The sum over all processes; so is its gradient."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        total = values.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        return _Sum.apply(gradients[0].contiguous())
