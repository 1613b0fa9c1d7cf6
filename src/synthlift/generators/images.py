"""What recipes of networks that draw images have in common."""

from __future__ import annotations

from synthlift.core.schema import Schema

CRITIC_NORMS = ("batch", "layer", "spectral", "none")


def refuse_tables(schema: Schema) -> str | None:
    """Why a network that draws images can't draw these, with the remedy; None if it can."""
    if schema.modality != "image":
        return f"it draws images, but the dataset is {schema}; try generator=table_gan"
    return None


def check_counts(**counts: int) -> None:
    """Raise a ValueError unless all of these numbers of a network are at least 1."""
    for name, n in counts.items():
        if n < 1:
            raise ValueError(f"generator.network.{name} is at least 1, not {n}")


def check_critic_norm(norm: str) -> None:
    """Raise a ValueError unless a strided critic can be normalised so."""
    if norm not in CRITIC_NORMS:
        raise ValueError(
            f"generator.network.critic_norm is one of {', '.join(CRITIC_NORMS)}, not {norm!r}"
        )


def check_dropout(dropout: float) -> None:
    """Raise a ValueError unless it is a share of the features that may be dropped."""
    if not 0 <= dropout < 1:
        raise ValueError(f"generator.network.dropout lies in [0, 1), not {dropout}")
