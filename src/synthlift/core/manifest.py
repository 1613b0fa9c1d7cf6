"""Artifact folders that are whole or absent: files first, manifest last, one rename.

A reader trusts only a folder whose manifest names its files with their sha256 and size. The
temporary folder lies beside the target, so that the rename never crosses a filesystem.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from synthlift.core.errors import DataError

MANIFEST = "manifest.json"
PACKAGES = (
    "torch",
    "torchvision",
    "pytorch-lightning",
    "hydra-core",
    "scikit-learn",
    "numpy",
    "pandas",
)


def digest(path: Path) -> str:
    """Hex sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def commit(temporary: Path, target: Path, facts: dict[str, Any]) -> None:
    """Make a filled temporary folder the artifact `target`; a kill leaves all of it or nothing."""
    files = sorted(p for p in temporary.rglob("*") if p.is_file())
    for path in files:
        sync(path)
    listing = {
        p.relative_to(temporary).as_posix(): {"sha256": digest(p), "size": p.stat().st_size}
        for p in files
    }
    manifest = temporary / MANIFEST
    manifest.write_text(_sealed({**facts, "files": listing}))
    sync(manifest)
    for folder in (p for p in temporary.rglob("*") if p.is_dir()):
        sync(folder)
    sync(temporary)
    os.replace(temporary, target)
    sync(target.parent)


def _sealed(facts: dict[str, Any]) -> str:
    """The text of a manifest, with the sha256 of all it says: it can't change unnoticed either."""
    seal = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    return json.dumps({**facts, "seal": seal}, indent=1)


def sync(path: Path) -> None:
    """Force a file's or folder's bytes to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def verify(folder: Path) -> dict[str, Any]:
    """The manifest of an artifact, every file as it was written; DataError names what is not."""
    try:
        text = (folder / MANIFEST).read_text()
        manifest: dict[str, Any] = json.loads(text)
        if text != _sealed({name: value for name, value in manifest.items() if name != "seal"}):
            raise ValueError("its seal does not match")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise DataError(f"{folder / MANIFEST} is missing") from error
    except (ValueError, AttributeError) as error:
        raise DataError(f"{folder / MANIFEST} is missing or damaged ({error})") from error
    for name, facts in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise DataError(f"{path} is missing")
        if path.stat().st_size != facts["size"] or digest(path) != facts["sha256"]:
            raise DataError(f"{path} is damaged: its sha256 is not the one in the manifest")
    return manifest


def remove(folder: Path) -> None:
    """Delete a folder if it is there."""
    if folder.exists():
        shutil.rmtree(folder)


@cache
def environment() -> dict[str, str | None]:
    """Python, the packages that can change a number, the code's git commit (None outside git)."""
    versions: dict[str, str | None] = {"python": sys.version.split()[0]}
    for package in ("synthlift", *PACKAGES):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = None
    here = Path(__file__).parent
    tracked = ["git", "-C", str(here), "ls-files", "--error-unmatch", Path(__file__).name]
    try:
        subprocess.run(tracked, capture_output=True, check=True)
        head = ["git", "-C", str(here), "rev-parse", "HEAD"]
        versions["commit"] = subprocess.run(
            head, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        versions["commit"] = None
    return versions
