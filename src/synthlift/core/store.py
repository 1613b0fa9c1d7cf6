"""Content-addressed, crash-safe artifacts: a stage whose inputs have not changed never runs twice.

The key of an artifact is the sha256 over the stage's name and version and every input: an artifact
counts as its own key (a Merkle chain), a recipe as its class and all its fields, a dataset by what
its files hold.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import logging
import math
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from filelock import FileLock, Timeout

from synthlift.core.disk import disk_explained
from synthlift.core.errors import DataError, StoreError, TrainingError
from synthlift.core.manifest import MANIFEST, commit, environment, remove, verify

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
FAILED = "failed.json"
log = logging.getLogger("synthlift")


@dataclass(frozen=True)
class Place:
    """Where a stage works: it fills `folder`; `scratch` outlives a kill, until that is done.

    progress: steps done, steps in all. The first 0 says that the work begins: what came before it,
    as imports and the wait for a device, is not in the seconds of the artifact. loggers: opens the
    Lightning loggers of a training.
    """

    folder: Path
    scratch: Path
    progress: Callable[[int, int], None]
    loggers: Callable[[], AbstractContextManager[list[Any]]] = lambda: nullcontext([])


@dataclass(frozen=True)
class Stage(Generic[T]):
    """One verb of the pipeline: `write` fills a folder, `read` gives back what is in it.

    Raise `version` when the meaning of the output changes: older artifacts are then left alone.
    """

    name: str
    version: int
    write: Callable[..., None]
    read: Callable[..., T]


def stage(*, version: int, read: Callable[..., T]) -> Callable[[Callable[..., None]], Stage[T]]:
    """Make a stage of `write(*inputs, place, **how)`; `read(folder, *inputs)` loads its output."""
    return lambda write: Stage(write.__name__, version, write, read)


class Lazy(Protocol[T_co]):
    """An input that is read only when a stage has to run."""

    def read(self) -> T_co: ...


@dataclass(frozen=True)
class Artifact(Generic[T]):
    """A finished artifact, or a part of one: its key costs nothing, its value is read on demand."""

    key: str
    folder: Path = field(compare=False)
    load: Callable[[Path], T] = field(compare=False, repr=False)

    def read(self) -> T:
        return self.load(self.folder)

    def part(self, name: str, load: Callable[[Path], Any]) -> Artifact[Any]:
        """What lies in the subfolder `name`; its key is what its files hold.

        So what depends on one part is not made again because another part has changed.
        """
        files = json.loads((self.folder / MANIFEST).read_text())["files"]
        held = {path: f["sha256"] for path, f in files.items() if path.startswith(f"{name}/")}
        key = hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()[:32]
        return Artifact(key, self.folder / name, load)


def identity(value: Any) -> Any:
    """What a value contributes to a key, as JSON; a TypeError for what has no stable identity.

    Fields declared with `metadata={"key": False}` say how or where, not what, and are left out.
    """
    if isinstance(value, Artifact):
        return {"artifact": value.key}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if not value.__dataclass_params__.frozen:  # type: ignore[attr-defined]
            raise TypeError(f"{type(value).__name__} can change, so it has no key; make it frozen")
        fields = [f for f in dataclasses.fields(value) if f.metadata.get("key", True)]
        facts = {f.name: identity(getattr(value, f.name)) for f in fields}
        if hasattr(value, "fingerprint"):
            facts["fingerprint"] = value.fingerprint()
        return {"class": f"{type(value).__module__}.{type(value).__qualname__}", **facts}
    if isinstance(value, tuple | list):
        return [identity(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise TypeError(
        f"{value!r:.80} ({type(value).__name__}) has no place in a key; "
        "pass an artifact, a frozen dataclass or a plain value"
    )


class Store:
    """Artifacts under `root/<stage>/<key>/`, shared by every run that points here.

    `executed` and `reused` name the artifacts that this process made and found. With `frozen`
    nothing is ever made: an artifact that is missing is a StoreError. `watch(stage, done, total)`
    hears of progress. A training that goes wrong does so again on the same inputs, so its reason is
    an artifact too: it is raised again as long as the versions are the same.
    """

    def __init__(
        self,
        root: Path,
        frozen: bool = False,
        watch: Callable[[str, int, int], None] = lambda stage, done, total: None,
    ) -> None:
        self.root = root.absolute()
        self.frozen = frozen
        self.watch = watch
        self.executed: dict[str, str] = {}
        self.reused: dict[str, str] = {}
        if not frozen:
            with disk_explained(self.root):
                (self.root / "locks").mkdir(parents=True, exist_ok=True)
                if not os.access(self.root, os.W_OK | os.X_OK):
                    raise PermissionError(13, "Permission denied", str(self.root))
                self._tidy()

    def run(self, stage: Stage[T], *inputs: Any, **how: Any) -> Artifact[T]:
        """The artifact of this stage over these inputs, made now unless the store has it.

        Keyword arguments say only how to get there (devices, threads) and are not part of the key.
        """
        facts = {"stage": stage.name, "version": stage.version, "inputs": identity(inputs)}
        key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]
        folder = self.root / stage.name / key
        artifact = Artifact(key, folder, lambda path: stage.read(path, *inputs))
        if key in self.executed or key in self.reused:
            _refuse_failed(folder)
            return artifact
        with disk_explained(self.root):
            fault = _fault(folder, self.frozen)
            if fault and self.frozen:
                raise StoreError(f"{fault}; run the study again to make this {stage.name}")
            if fault:
                with self._lock(stage.name, key):
                    fault = _fault(folder)  # somebody may have made it while this process waited
                    if fault:
                        self._set_aside(folder, fault)
                        failure = self._make(
                            stage, folder, facts, [_resolve(i) for i in inputs], how
                        )
                        self.executed[key] = stage.name
                        if failure:
                            raise failure
                        return artifact
            self.reused[key] = stage.name
        _refuse_failed(folder)
        return artifact

    def _make(
        self, stage: Stage[T], folder: Path, facts: dict[str, Any], inputs: list[Any], how: Any
    ) -> TrainingError | None:
        """Fill a folder and make it the artifact; a training that goes wrong, with its reason."""
        failure = None
        temporary, scratch = folder.with_suffix(".tmp"), folder.with_suffix(".work")
        remove(temporary)
        temporary.mkdir(parents=True)
        scratch.mkdir(exist_ok=True)
        self.watch(stage.name, 0, 0)
        started, begun = time.monotonic(), list[float]()

        def progress(done: int, total: int) -> None:
            if done == 0 and not begun:
                begun.append(time.monotonic())
            self.watch(stage.name, done, total)

        place = Place(temporary, scratch, progress)
        words = {name: str(value) for name, value in how.items()}
        facts = {**facts, "how": words, "environment": environment()}
        try:
            try:
                stage.write(*inputs, place=place, **how)
            except TrainingError as error:
                failure = error
                remove(temporary)
                temporary.mkdir()
                (temporary / FAILED).write_text(json.dumps({"reason": str(error)}))
            seconds = round(time.monotonic() - (begun or [started])[0], 3)
            commit(temporary, folder, {**facts, "seconds": seconds})
        finally:
            remove(temporary)  # of a stage that failed, so that a full disk gets its room back
        remove(scratch)
        return failure

    def _set_aside(self, folder: Path, fault: DataError) -> None:
        """Move a damaged artifact out of the way and name it; the caller holds its lock."""
        if folder.exists():
            aside = self.root / "damaged" / f"{folder.parent.name}-{folder.name}-{time.time_ns()}"
            aside.parent.mkdir(exist_ok=True)
            os.replace(folder, aside)
            log.warning("%s; set aside in %s and made again", fault, aside)

    def _lock(self, stage_name: str, key: str, timeout: float = -1) -> FileLock:
        return FileLock(self.root / "locks" / f"{stage_name}-{key}.lock", timeout=timeout)

    def _tidy(self) -> None:
        """Remove what killed processes left: half-written folders, checkpoints no longer needed."""
        for left in [*self.root.glob("*/*.tmp"), *self.root.glob("*/*.work")]:
            with contextlib.suppress(Timeout), self._lock(left.parent.name, left.stem, timeout=0):
                unfinished = left.suffix == ".work" and not left.with_suffix("").exists()
                if not (unfinished and any(left.glob("*"))):  # else a later run resumes from it
                    remove(left)


def _fault(folder: Path, frozen: bool = False) -> DataError | None:
    """What keeps the artifact in this folder from being trusted; None if it is whole.

    A failure under other versions is tried again, unless nothing may be made.
    """
    try:
        manifest = verify(folder)
    except DataError as error:
        return error
    if (folder / FAILED).exists() and not frozen and manifest["environment"] != environment():
        return DataError(f"{folder} is a training that failed under other versions")
    return None


def _refuse_failed(folder: Path) -> None:
    """Raise what a training that went wrong said, without doing it all again."""
    path = folder / FAILED
    if path.exists():
        raise TrainingError(json.loads(path.read_text())["reason"])


def _resolve(value: Any) -> Any:
    """What a stage is handed: artifacts and lazy recipes are read, plain values stay."""
    return value.read() if hasattr(value, "read") else value
