"""Any number of labelled samples from the generator of a run, as files that other tools read.

They are streamed into a folder beside the target that takes its name when all of it is there. With
them lie classes.json, a dataset card (README.md) and Croissant metadata (croissant.json).
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from synthlift.core.disk import FULL
from synthlift.core.errors import ConfigError, StoreError
from synthlift.core.manifest import environment, remove, sync
from synthlift.core.samples import SampleSet
from synthlift.core.seeds import derive
from synthlift.formats.base import Format, class_entries, write_classes
from synthlift.formats.card import Facts, croissant_facts, render_card
from synthlift.formats.croissant import describe
from synthlift.formats.csv import Csv
from synthlift.formats.imagefolder import ImageFolder
from synthlift.formats.npz import Npz
from synthlift.formats.parquet import Parquet
from synthlift.stages.generate import stream
from synthlift.stored import StoredRepeat, read_repeat

FORMATS: dict[str, Format] = {f.name: f for f in (ImageFolder(), Npz(), Csv(), Parquet())}
SPARE = 1 << 20  # bytes for the card and the metadata
LOCK = ".lock"


def export(
    folder: Path,
    to: str,
    n_per_class: int,
    out: Path,
    repeat: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Draw `n_per_class` samples of each class from a run's generator into the new folder `out`.

    folder: of the run. to: a name of FORMATS. repeat: whose generator; None is the first. The same
    seed gives the same samples on one kind of device, and those of a shorter export are the first
    of each class in a longer one. progress hears of samples written and in all. A ConfigError for
    what can't be, a StoreError where the generator is gone or `out` can't be written; then nothing
    is left of it.
    """
    form = _format(to)
    for name, value, least in (("n-per-class", n_per_class, 1), ("seed", seed, 0)):
        if value < least:
            raise ConfigError(f"--{name} is at least {least}, not {value}")
    target = Path(os.path.realpath(out))
    _check_target(target, out)
    found = read_repeat(folder, repeat)
    schema = found.schema
    if why := form.check(schema):
        fitting = [name for name, other in FORMATS.items() if other.check(schema) is None]
        raise ConfigError(f"{why}; what fits: --to {' or '.join(fitting)}")
    n = n_per_class * schema.n_classes
    with _filling(target, form.n_bytes(schema, n) + SPARE, form.n_files(n)) as temporary:
        form.write(temporary, schema, n, _draw(found, n_per_class, seed, progress))
        _describe(temporary, found, form, n_per_class, seed)
    return target


def _format(to: str) -> Format:
    if to not in FORMATS:
        raise ConfigError(f"--to is {', '.join(FORMATS)}; not {to!r}")
    return FORMATS[to]


def _check_target(target: Path, out: Path) -> None:
    with _explained(target):
        if target.exists() and not target.is_dir():
            raise ConfigError(f"--out {out} is a file; give a folder that is not there yet")
        if target.is_dir() and any(target.iterdir()):
            raise ConfigError(
                f"--out {out} is not empty, and nothing is overwritten; give another folder or "
                "remove it first"
            )


def _draw(
    found: StoredRepeat, n_per_class: int, seed: int, progress: Callable[[int, int], None]
) -> Iterator[SampleSet]:
    """The samples, block by block."""
    generator = found.generator.read()
    done, total = 0, n_per_class * found.schema.n_classes
    scale = found.study.generation.latent_scale
    progress(0, total)
    with found.compute.use() as device:
        for block in stream(generator, n_per_class, derive(seed, "export"), scale, device):
            yield block
            done += len(block)
            progress(done, total)


def _describe(folder: Path, found: StoredRepeat, form: Format, n_per_class: int, seed: int) -> None:
    """Write classes.json, README.md and croissant.json beside the samples."""
    schema = found.schema
    facts = _facts(found, form, n_per_class, seed)
    entries = class_entries(schema)
    if form.name != "imagefolder":
        entries = [{k: v for k, v in entry.items() if k != "folder"} for entry in entries]
    write_classes(folder / "classes.json", entries)
    card = render_card(facts, schema, form)
    # a class name may hold half of a surrogate pair
    (folder / "README.md").write_bytes(card.encode("utf-8", "backslashreplace"))
    document = describe(schema, croissant_facts(facts, schema), *form.croissant(folder, schema))
    (folder / "croissant.json").write_text(json.dumps(document, indent=1) + "\n", "ascii")


def _facts(found: StoredRepeat, form: Format, n_per_class: int, seed: int) -> Facts:
    material = found.material
    command = ["synthlift", "export", "RUN", "--to", form.name, "--n-per-class", str(n_per_class)]
    command += ["--repeat", str(found.repeat), "--seed", str(seed), "--out", "DIR"]
    return Facts(
        dataset=found.study.dataset.name,
        n_per_class=n_per_class,
        repeat=found.repeat,
        seed=seed,
        n_train=found.facts.n_train,
        train_counts=found.facts.train_counts,
        split=material.rows.train.key,
        n_measured=len(material.drawn.read()) if material.drawn else 0,
        fidelity=material.measured.read().scores if material.measured else {},
        recipe=found.config["generator"],
        command=shlex.join(command),
        study=found.config["command"],
        versions=environment(),
        day=datetime.now(UTC).date().isoformat(),
    )


@contextlib.contextmanager
def _filling(target: Path, n_bytes: int, n_files: int) -> Iterator[Path]:
    """A folder beside the target that becomes the target, or is gone if anything fails.

    What a killed export has left there is removed first; one that is still at work is a
    ConfigError.
    """
    temporary = target.with_name(f".{target.name}.partial")
    with _explained(target):
        temporary.mkdir(parents=True, exist_ok=True)
        lock = FileLock(temporary / LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise ConfigError(
                f"another export writes into {target} at this moment; wait for it, or give "
                "another folder"
            ) from None
        try:
            _empty(temporary)
            _check_room(temporary, target, n_bytes, n_files)
            yield temporary
            for path in [*temporary.iterdir(), temporary]:
                sync(path)
            os.replace(temporary, target)
            (target / LOCK).unlink(missing_ok=True)
            sync(target.parent)
        except BaseException:
            remove(temporary)
            raise
        finally:
            lock.release()


def _empty(folder: Path) -> None:
    for left in folder.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        elif left.name != LOCK:
            left.unlink()


def _check_room(temporary: Path, target: Path, n_bytes: int, n_files: int) -> None:
    """Refuse before the first sample what the disk has no room for."""
    disk = os.statvfs(temporary)
    free = disk.f_bavail * disk.f_frsize
    if n_bytes > free:
        raise StoreError(
            f"the export may take {n_bytes:,} bytes, and {free:,} are free at {target.parent}; "
            "make room, lower --n-per-class or give another folder with --out"
        )
    if disk.f_files and n_files > disk.f_favail:  # some filesystems count no files
        raise StoreError(
            f"the export is {n_files:,} files, and {disk.f_favail:,} more fit at {target.parent}; "
            "use --to npz or parquet, or give another folder with --out"
        )


@contextlib.contextmanager
def _explained(target: Path) -> Iterator[None]:
    """A full or unwritable disk as one message; whatever else failed to open stays as it is."""
    try:
        yield
    except OSError as error:
        where = Path(str(error.filename)) if error.filename else None
        if where and target.parent != where and target.parent not in where.parents:
            above = where in target.parents
            if not above:
                raise
        remedy = "make room, lower --n-per-class or" if error.errno in FULL else "remedy that, or"
        raise StoreError(
            f"can't write the export to {target}: {error.strerror or error}; {remedy} give another "
            "folder with --out"
        ) from error
