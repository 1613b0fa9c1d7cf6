"""What goes wrong, and how far things are, in one line each on the error stream."""

from __future__ import annotations

import sys

from synthlift.core.errors import SynthliftError


def say(message: str) -> None:
    """Print a line for people."""
    print(f"synthlift: {message.strip()}", file=sys.stderr, flush=True)


def in_plain_words(error: SynthliftError | OSError) -> str:
    """An expected error as people read it; what the system refuses, with the remedy."""
    if isinstance(error, SynthliftError):
        return str(error)
    return (
        f"can't use {error.filename or 'a file'}: {error.strerror or error}; "
        "give another folder with hydra.run.dir=PATH or store=PATH"
    )
