"""Store.run: one key per meaning, nothing made twice, nothing half-made trusted."""

import errno
import fcntl
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from synthlift.core.errors import DataError, StoreError, TrainingError
from synthlift.core.manifest import verify
from synthlift.core.schema import Column, ImageSchema
from synthlift.core.store import Artifact, Place, Stage, Store, identity, stage


@dataclass(frozen=True)
class Recipe:
    steps: int = 3
    rate: float = 0.5
    spans: tuple[Column, ...] = (Column("a", "numeric"),)
    display: str = field(default="plain", metadata={"key": False})


@dataclass(frozen=True)
class Source:
    """A dataset: where it lies is no part of its identity, what it holds is."""

    path: Path = field(metadata={"key": False})

    def fingerprint(self) -> str:
        return self.path.read_text()


@dataclass
class Unfrozen:
    steps: int = 3


@dataclass(frozen=True)
class Doubled:
    """A lazy recipe over an artifact."""

    number: Artifact[int]

    def read(self) -> int:
        return 2 * self.number.read()


def read_number(folder: Path, *inputs: object) -> int:
    return int((folder / "number.txt").read_text())


@stage(version=1, read=read_number)
def make_number(recipe: Recipe, seed: int, *, place: Place, devices: int = 1) -> None:
    (place.folder / "number.txt").write_text(str(recipe.steps + seed))
    (place.folder / "deep").mkdir()
    (place.folder / "deep" / "noise.bin").write_bytes(random.Random(seed).randbytes(300))


@stage(version=1, read=read_number)
def add_one(number: int, *, place: Place) -> None:
    (place.folder / "number.txt").write_text(str(number + 1))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def again(store: Store) -> Store:
    """The same folder, seen by a later process."""
    return Store(store.root)


def files_of(artifact: Artifact[int]) -> dict[str, bytes]:
    paths = (p for p in artifact.folder.rglob("*") if p.is_file())
    return {str(p.relative_to(artifact.folder)): p.read_bytes() for p in paths}


def leftovers(store: Store) -> list[Path]:
    return [*store.root.glob("*/*.tmp"), *store.root.glob("*/*.work")]


# ---- keys


def test_a_second_identical_run_makes_nothing(store: Store) -> None:
    first = store.run(make_number, Recipe(), 4)
    later = again(store)
    second = later.run(make_number, Recipe(), 4)
    assert (first.read(), second.read()) == (7, 7)
    assert store.executed == {first.key: "make_number"}
    assert later.executed == {}
    assert later.reused == {first.key: "make_number"}
    assert leftovers(store) == []


@pytest.mark.parametrize(
    ("recipe", "seed"),
    [(Recipe(steps=4), 0), (Recipe(rate=0.25), 0), (Recipe(spans=()), 0), (Recipe(), 1)],
)
def test_a_changed_field_or_seed_makes_a_new_key(store: Store, recipe: Recipe, seed: int) -> None:
    plain = store.run(make_number, Recipe(), 0)
    assert store.run(make_number, recipe, seed).key != plain.key


def test_a_raised_stage_version_makes_a_new_key(store: Store) -> None:
    raised = Stage(make_number.name, 2, make_number.write, make_number.read)
    assert store.run(raised, Recipe(), 0).key != store.run(make_number, Recipe(), 0).key


def test_a_changed_dataset_makes_a_new_key_and_a_moved_one_does_not(tmp_path: Path) -> None:
    for name, content in {"a": "one", "b": "one", "c": "two"}.items():
        (tmp_path / name).write_text(content)
    a, b, c = (identity(Source(tmp_path / name)) for name in "abc")
    assert a == b != c


def test_what_says_only_how_does_not_change_the_key(store: Store) -> None:
    first = store.run(make_number, Recipe(), 0, devices=1)
    assert store.run(make_number, Recipe(display="loud"), 0, devices=8).key == first.key
    assert len(store.executed) == 1


def test_recipes_of_two_classes_with_equal_fields_differ() -> None:
    @dataclass(frozen=True)
    class Other:
        steps: int = 3

    @dataclass(frozen=True)
    class Another:
        steps: int = 3

    assert identity(Other()) != identity(Another())


KEY_IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from synthlift.core.schema import ImageSchema
from synthlift.core.store import Store, stage

@stage(version=1, read=lambda folder, *inputs: None)
def make_number(recipe, seed, *, place): ...

print(Store(Path(sys.argv[1])).run(make_number, ImageSchema(1, 8, 8, ("é", "b"), True), 0).key)
"""


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_keys_are_the_same_in_another_process(tmp_path: Path, hash_seed: str) -> None:
    command = [sys.executable, "-c", KEY_IN_ANOTHER_PROCESS, str(tmp_path / "theirs")]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    theirs = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    def write(schema: ImageSchema, seed: int, *, place: Place) -> None: ...

    here = Stage("make_number", 1, write, read_number)
    schema = ImageSchema(1, 8, 8, ("é", "b"), flip_keeps_label=True)
    assert theirs.stdout.strip() == Store(tmp_path / "ours").run(here, schema, 0).key


@pytest.mark.parametrize(
    "value",
    [
        np.zeros(3),
        np.int64(3),
        {"steps": 3},
        {3},
        Unfrozen(),
        Recipe,
        Recipe(steps=np.zeros(2)),  # type: ignore[arg-type]
        (1, (2, {})),
        float("nan"),
        float("inf"),
        b"bytes",
        Path("path"),
        pd.DataFrame({"a": [1]}),
        print,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_stable_identity_is_a_type_error(store: Store, value: object) -> None:
    with pytest.raises(TypeError, match="key"):
        store.run(make_number, value, 0)
    assert store.executed == {}


def test_a_downstream_key_changes_with_what_lies_upstream(store: Store) -> None:
    numbers = [store.run(make_number, Recipe(), seed) for seed in (0, 1)]
    keys = {store.run(add_one, number).key for number in numbers}
    keys |= {store.run(add_one, Doubled(number)).key for number in numbers}
    assert len(keys) == 4


def test_a_part_has_a_key_of_its_own(store: Store) -> None:
    number = store.run(make_number, Recipe(), 0)
    part = number.part("deep", lambda folder: (folder / "noise.bin").read_bytes())
    assert identity(part) != identity(number)
    assert part.read() == random.Random(0).randbytes(300)


def test_a_stage_is_handed_what_its_artifacts_and_recipes_hold(store: Store) -> None:
    number = store.run(make_number, Recipe(), 4)
    assert store.run(add_one, number).read() == 8
    assert store.run(add_one, Doubled(number)).read() == 15


def test_a_reused_chain_reads_no_upstream_artifact(store: Store) -> None:
    reads = []

    def read(folder: Path, *inputs: object) -> int:
        reads.append(folder)
        return read_number(folder)

    upstream = Stage("upstream", 1, make_number.write, read)
    assert store.run(add_one, store.run(upstream, Recipe(), 0)).read() == 4
    assert len(reads) == 1
    later = again(store)
    assert later.run(add_one, later.run(upstream, Recipe(), 0)).read() == 4
    assert len(reads) == 1
    assert len(later.reused) == 2


def test_the_manifest_says_in_clear_text_what_the_artifact_is(store: Store) -> None:
    number = store.run(make_number, Recipe(), 0, devices=2)
    manifest = json.loads((number.folder / "manifest.json").read_text())
    assert manifest == verify(number.folder)
    assert manifest["stage"] == "make_number"
    assert manifest["inputs"][0]["steps"] == 3
    assert manifest["how"] == {"devices": "2"}
    assert set(manifest["files"]) == {"number.txt", "deep/noise.bin"}
    assert manifest["environment"]["numpy"] == np.__version__


def test_progress_reaches_whoever_watches(tmp_path: Path) -> None:
    @stage(version=1, read=read_number)
    def count(*, place: Place) -> None:
        place.progress(1, 2)

    heard: list[tuple[str, int, int]] = []
    store = Store(tmp_path, watch=lambda *news: heard.append(news))
    store.run(count)
    assert heard == [("count", 0, 0), ("count", 1, 2)]


# ---- a frozen store


def test_a_frozen_store_reads_what_is_there(store: Store) -> None:
    store.run(make_number, Recipe(), 4)
    assert Store(store.root, frozen=True).run(make_number, Recipe(), 4).read() == 7


def test_a_frozen_store_makes_nothing_and_names_what_is_missing(tmp_path: Path) -> None:
    root = tmp_path / "absent"
    with pytest.raises(StoreError, match=r"absent/make_number/\w+.* run the study again"):
        Store(root, frozen=True).run(make_number, Recipe(), 0)
    assert not root.exists()


def test_a_frozen_store_leaves_a_damaged_artifact_where_it_is(store: Store) -> None:
    number = store.run(make_number, Recipe(), 0)
    (number.folder / "number.txt").write_text("9")
    with pytest.raises(StoreError, match=r"number\.txt is damaged.* run the study again"):
        Store(store.root, frozen=True).run(make_number, Recipe(), 0)
    assert read_number(number.folder) == 9


# ---- damage


def flip_bit(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position // 8] ^= 1 << position % 8
    path.write_bytes(data)


DAMAGES = {
    "a flipped bit": lambda folder: flip_bit(folder / "deep" / "noise.bin", 1000),
    "a truncated file": lambda folder: os.truncate(folder / "deep" / "noise.bin", 10),
    "an emptied file": lambda folder: os.truncate(folder / "number.txt", 0),
    "a deleted file": lambda folder: (folder / "number.txt").unlink(),
    "a deleted manifest": lambda folder: (folder / "manifest.json").unlink(),
    "an empty manifest": lambda folder: os.truncate(folder / "manifest.json", 0),
    "a garbage manifest": lambda folder: (folder / "manifest.json").write_bytes(b"\xff\x00"),
    "a manifest of nothing": lambda folder: (folder / "manifest.json").write_text('{"files": {}}'),
    "a list for a manifest": lambda folder: (folder / "manifest.json").write_text("[]"),
    "no files at all": lambda folder: (folder / "manifest.json").write_text("{}"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_artifact_is_named_set_aside_and_rebuilt(
    store: Store, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    number = store.run(make_number, Recipe(), 4)
    whole = files_of(number)
    DAMAGES[damage](number.folder)
    later = again(store)
    rebuilt = later.run(make_number, Recipe(), 4)
    assert list(later.executed) == [number.key]
    rebuilt_files = files_of(rebuilt)
    del whole["manifest.json"], rebuilt_files["manifest.json"]
    assert rebuilt_files == whole
    (aside,) = (store.root / "damaged").iterdir()
    assert number.key in aside.name
    (message,) = caplog.messages
    assert str(number.folder) in message
    assert str(aside) in message


def test_every_flipped_bit_is_noticed(store: Store) -> None:
    number = store.run(make_number, Recipe(), 4)
    draw = random.Random(0)
    for path in sorted(p for p in number.folder.rglob("*") if p.is_file()):
        n_bits = 8 * path.stat().st_size
        for position in draw.sample(range(n_bits), min(50, n_bits)):
            flip_bit(path, position)
            with pytest.raises(DataError, match=path.name):
                verify(number.folder)
            flip_bit(path, position)
    verify(number.folder)


def test_an_artifact_that_somebody_else_rebuilt_meanwhile_is_not_set_aside(store: Store) -> None:
    number = store.run(make_number, Recipe(), 4)
    (number.folder / "number.txt").unlink()

    class Slow(Store):
        def _lock(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            again(store).run(make_number, Recipe(), 4)  # while this one waits for the lock
            return super()._lock(*args, **kwargs)

    slow = Slow(store.root)
    assert slow.run(make_number, Recipe(), 4).read() == 7
    assert slow.executed == {}
    assert len(list((store.root / "damaged").iterdir())) == 1


# ---- a folder that can't be written


def test_a_store_under_a_regular_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file/store.* Not a directory.*store=PATH"):
        Store(tmp_path / "file" / "store")


def test_a_folder_without_permission_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    with pytest.raises(StoreError, match=r"store.*Permission denied.*store=PATH"):
        Store(tmp_path / "store")


def save_nothing(folder: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


NOISE = np.frombuffer(random.Random(0).randbytes(400_000), np.uint8)
WRITERS = {
    "a file": lambda folder: (folder / "big.bin").write_bytes(NOISE.tobytes()),
    "numpy": lambda folder: np.save(folder / "big.npy", NOISE),
    "parquet": lambda folder: pd.DataFrame({"a": NOISE}).to_parquet(folder / "big.parquet"),
    "safetensors": lambda folder: save_file({"a": NOISE}, folder / "big.safetensors"),
    "no space left": save_nothing,
}


@pytest.fixture
def small_disk() -> Iterator[None]:
    """A disk on which no file grows beyond 100 kB, whoever writes it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_disk")
@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_stops_with_cause_and_remedy_and_keeps_what_was_there(
    store: Store, writer: str
) -> None:
    @stage(version=1, read=read_number)
    def fill(number: int, *, place: Place) -> None:
        WRITERS[writer](place.folder)

    number = store.run(make_number, Recipe(), 4)
    words = rf"{store.root}.*(too large|requested|No space).* bytes are free.*store=PATH"
    with pytest.raises(StoreError, match=words):
        store.run(fill, number)
    later = again(store)
    assert later.run(make_number, Recipe(), 4).read() == 7
    assert later.executed == {}
    assert leftovers(store) == []


def test_a_disk_that_fills_up_while_the_manifest_is_synced_leaves_no_artifact(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="No space left"):
            store.run(make_number, Recipe(), 0)
    assert list((store.root / "make_number").glob("*.tmp")) == []
    assert again(store).run(make_number, Recipe(), 0).read() == 3


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "No such file", "/data/adult.csv"),
        ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"),
        TrainingError("the loss is no longer finite"),
        ValueError("a bug"),
    ],
)
def test_what_goes_wrong_inside_a_stage_is_not_blamed_on_the_store(
    store: Store, error: Exception
) -> None:
    @stage(version=1, read=read_number)
    def fail(*, place: Place) -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        store.run(fail)
    assert caught.value is error
    assert list((store.root / "fail").glob("*.tmp")) == []


# ---- several processes, and killed ones


ONE_OF_TWO = """
import sys, time
from pathlib import Path
from synthlift.core.store import Store, stage

folder, me, other = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

@stage(version=1, read=lambda folder: (folder / "made").read_text())
def slow(*, place):
    with (folder / "made_by").open("a") as file:
        file.write(me)
    time.sleep(0.5)
    (place.folder / "made").write_text("once")

store = Store(folder / "store")
(folder / me).touch()
while not (folder / other).exists():
    time.sleep(0.01)
print(store.run(slow).read(), len(store.executed), len(store.reused))
"""


def test_two_processes_that_ask_for_one_key_run_the_stage_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ONE_OF_TWO, str(tmp_path)]
    pairs = ("a", "b"), ("b", "a")
    both = [subprocess.Popen([*command, *p], stdout=subprocess.PIPE, text=True) for p in pairs]
    said = sorted(process.communicate(timeout=60)[0].strip() for process in both)
    assert said == ["once 0 1", "once 1 0"]
    assert len((tmp_path / "made_by").read_text()) == 1


def test_the_next_start_removes_half_written_folders(store: Store) -> None:
    number = store.run(make_number, Recipe(), 0)
    half, empty, done = (
        store.root / "make_number" / name
        for name in ("0123.tmp", "0123.work", f"{number.key}.work")
    )
    for folder in (half, empty, done):
        folder.mkdir()
    (half / "number.txt").touch()
    (done / "last.ckpt").touch()
    again(store)
    assert leftovers(store) == []
    assert number.read() == 3


def test_what_another_process_left_half_written_since_the_start_is_no_part_of_the_artifact(
    store: Store,
) -> None:
    key = Store(store.root / "elsewhere").run(make_number, Recipe(), 0).key
    half = store.root / "make_number" / f"{key}.tmp"
    half.mkdir(parents=True)
    (half / "stray.txt").touch()
    assert "stray.txt" not in files_of(store.run(make_number, Recipe(), 0))


def test_the_next_start_leaves_alone_what_a_living_process_writes(store: Store) -> None:
    @stage(version=1, read=read_number)
    def peek(*, place: Place) -> None:
        again(store)
        assert place.folder.exists()
        assert place.scratch.exists()

    store.run(peek)


def test_a_killed_training_hands_its_scratch_to_the_next_attempt(store: Store) -> None:
    found = []

    @stage(version=1, read=read_number)
    def train(*, place: Place) -> None:
        checkpoint = place.scratch / "last.ckpt"
        found.append(checkpoint.exists())
        assert list(place.folder.iterdir()) == []
        (place.folder / "number.txt").write_text("1")
        if not checkpoint.exists():
            checkpoint.touch()
            raise SystemExit  # as after Ctrl-C; the kill itself is in test_store_kill

    with pytest.raises(SystemExit):
        store.run(train)
    later = again(store)
    assert later.run(train).read() == 1
    assert found == [False, True]
    assert leftovers(store) == []


def is_locked(lock: Path) -> bool:
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_lock_whose_owner_died_holds_nobody_up(store: Store) -> None:
    number = store.run(make_number, Recipe(), 0)
    (lock,) = (store.root / "locks").iterdir()
    assert lock.name == f"make_number-{number.key}.lock"
    training = "import fcntl, sys, time; file = open(sys.argv[1]); fcntl.flock(file, fcntl.LOCK_EX)"
    owner = subprocess.Popen([sys.executable, "-c", f"{training}; time.sleep(60)", str(lock)])
    while not is_locked(lock):
        time.sleep(0.01)
    owner.kill()
    owner.wait()
    (number.folder / "number.txt").unlink()
    assert again(store).run(make_number, Recipe(), 0).read() == 3


@stage(version=1, read=lambda folder: None)
def work_after_waiting(*, place: Place) -> None:
    time.sleep(0.4)
    place.progress(0, 2)
    place.progress(0, 2)
    time.sleep(0.1)


def test_the_seconds_of_an_artifact_begin_with_its_work(tmp_path):
    artifact = Store(tmp_path).run(work_after_waiting)
    assert 0.1 <= verify(artifact.folder)["seconds"] < 0.4
