"""What goes wrong for a reason that the user can act on: a message in their words, no traceback."""

from __future__ import annotations


class SynthliftError(Exception):
    """A refusal or failure whose message names the thing and the remedy."""


class ConfigError(SynthliftError):
    """A configuration that can't be run: unknown key, forbidden target, value out of range."""


class DataError(SynthliftError):
    """Data that are absent, damaged or too few for what was asked."""


class StoreError(SynthliftError):
    """The store can't be written or read: no permission, disk full, artifact missing."""


class TrainingError(SynthliftError):
    """A training that went wrong and would again: a loss that is no longer finite."""


class MemoryShortageError(SynthliftError):
    """A training that needs more memory than this machine has; another one may have enough."""
