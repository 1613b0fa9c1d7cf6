"""Fixtures: builders of reports and exhibits (tests share no import path under importlib mode)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def make() -> ModuleType:
    """The module `builders` beside this file."""
    spec = importlib.util.spec_from_file_location(
        "report_builders", Path(__file__).with_name("builders.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
