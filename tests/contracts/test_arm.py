"""What every arm yaml promises: rows it may see, the size declared, an honest key."""

from __future__ import annotations

import dataclasses
import inspect
import json
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from synthlift.arms.base import Arm, Ingredients, build
from synthlift.core.confidence import Confidence
from synthlift.core.plans import Plan
from synthlift.core.results import ArmKind
from synthlift.core.samples import SampleSet
from synthlift.core.schema import Column, TableSchema
from synthlift.core.splits import SplitFacts
from synthlift.core.store import Store, identity, stage
from synthlift.core.tables import conform

COLUMNS = (Column("x", "numeric"), Column("kind", "categorical", ("p", "q")))
MAKERS = {"smote"}  # arms that make rows of their own
NAMES = sorted(p.stem for p in (Path(__file__).parents[2] / "conf" / "arm").glob("*.yaml"))
PLAN = Plan(4, None)
SETS = ("train", "reserve", "synthetic")
BESIDE = ("confidence", "plan")
EQUAL, UNEQUAL = (
    SplitFacts("fixed_test", 100, 12, 10, 50, 24, 0, train_counts=counts)
    for counts in ((6, 6), (8, 4))
)


def toy_table(n_per_class, seed=0, first=0):
    """Rows of two classes, none like another."""
    n = 2 * n_per_class
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"x": rng.normal(0, 1, n), "kind": rng.choice(["p", "q", None], n)})
    schema = TableSchema(COLUMNS, ("a", "b"))
    origin = np.full(n, -1) if first is None else np.arange(first, first + n)
    return SampleSet(schema, conform(table, COLUMNS), np.arange(n) % 2, origin)


@pytest.fixture(scope="module", params=NAMES)
def arm(request, tiny):
    chosen = list(dict.fromkeys(["real", request.param]))
    return tiny(f"arm=[{','.join(chosen)}]").arms[request.param]


@pytest.fixture
def makes_rows(request):
    return request.node.callspec.params["arm"] in MAKERS


@pytest.fixture(scope="module", params=["image", "table"])
def given(request, arm, images, tmp_path_factory):
    """Train (12 rows, one class twice as large), reserve and synthetic rows, in a store."""
    toy = {"image": images, "table": toy_table}[request.param]
    bare = arm if request.param == "image" else dataclasses.replace(arm, augmentation=None)
    if why := bare.check(toy(2).schema):
        pytest.skip(why)
    train = toy(8).take(np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14]))
    reserve, synthetic = toy(4, seed=1, first=100), toy(4, seed=2, first=None)
    sets = {"train": train, "reserve": reserve, "synthetic": synthetic}
    store = Store(tmp_path_factory.mktemp("store"))

    @stage(version=1, read=lambda folder, name: SampleSet.load(folder))
    def keep(name, *, place):
        sets[name].save(place.folder)

    @stage(version=1, read=lambda folder: Confidence.load(folder / "sure"))
    def judge(*, place):
        p = np.linspace(0, 1, len(synthetic), dtype=np.float32)
        Confidence(p, np.arange(3)).save(place.folder / "sure")

    return {name: store.run(keep, name) for name in SETS} | {"sure": store.run(judge)}


def built(arm, given):
    return build(arm, given["train"], given["reserve"], given["synthetic"], given["sure"], PLAN)


def origins(training):
    slot = [training.slot.origin] if training.slot is not None else []
    return np.concatenate([training.main.origin, *slot])


def test_an_arm_has_no_way_to_see_valid_or_test_rows(arm):
    assert list(inspect.signature(build).parameters) == ["arm", *SETS, *BESIDE]
    assert {f.name for f in dataclasses.fields(Ingredients)} == {*SETS, *BESIDE}
    assert list(inspect.signature(arm.assemble).parameters) == ["given"]
    assert set(arm.needs) <= {*SETS, *BESIDE} - {"train"}


def test_its_rows_come_from_what_it_was_given(arm, given, makes_rows):
    allowed = set(given["train"].read().origin.tolist())
    if "reserve" in arm.needs:
        allowed |= set(given["reserve"].read().origin.tolist())
    if "synthetic" in arm.needs or makes_rows:
        allowed.add(-1)
    assert set(origins(built(arm, given).read()).tolist()) <= allowed


def test_rows_keep_their_features_and_labels(arm, given, makes_rows):
    known = {row for name in SETS for row in facts(given[name].read())}
    training = built(arm, given).read()
    slot = [training.slot] if training.slot is not None and not makes_rows else []
    for rows in [training.main, *slot]:
        assert set(facts(rows)) <= known


def facts(rows):
    return zip(rows.fingerprints(), rows.labels.tolist(), rows.origin.tolist(), strict=True)


def test_it_is_as_large_as_its_kind_declares(arm, given, makes_rows):
    training, n_train = built(arm, given).read(), len(given["train"].read())
    n_real, n_synthetic = {
        "real": (n_train, 8 if makes_rows else 0),
        "control": (n_train, 0),
        "synthetic": (n_train if training.slot else 0, len(given["synthetic"].read())),
        "ceiling": (n_train + min(len(given["reserve"].read()), more_rows(arm, given)), 0),
        "curve": (fewer_rows(arm, given), 0),
    }[arm.kind]
    assert arm.kind in get_args(ArmKind)
    assert (training.n_real, training.n_synthetic) == (n_real, n_synthetic)


def more_rows(arm, given):
    """Of each class, and no more than the reserve has: 4."""
    counts = given["train"].read().counts()
    return sum(min(4, int(getattr(arm, "times", 0) * n + 0.5)) for n in counts)


def fewer_rows(arm, given):
    counts = given["train"].read().counts()
    return sum(int(getattr(arm, "share", 0) * n + 0.5) for n in counts)


def test_its_slot_has_the_weight_and_the_classes_that_were_asked_for(arm, given):
    training = built(arm, given).read()
    assert training.slot_weight == getattr(arm, "weight", 0.0)
    assert (training.slot is not None) == hasattr(arm, "weight")
    if training.slot is not None:
        wanted = PLAN.counts(given["train"].read().counts())
        assert training.slot.counts().tolist() == wanted.tolist()


def test_the_weights_of_its_rows_have_mean_one(arm, given):
    training = built(arm, given).read()
    assert training.weight.dtype == np.float32
    assert training.weight.mean() == pytest.approx(1)
    assert (training.weight > 0).all()


def test_its_augmentation_reaches_the_training_set(arm, given):
    assert built(arm, given).read().augmentation == arm.augmentation


def test_its_key_holds_only_what_it_needs(arm, given):
    key = json.dumps(identity(built(arm, given)))
    for name in SETS:
        assert (given[name].key in key) == (name == "train" or name in arm.needs)
    assert ("n_per_class" in key) == ("plan" in arm.needs)


def test_its_key_does_not_hold_its_baseline_or_its_number_of_members(arm, given):
    """Neither changes what one member learns: the report alone asks for them."""
    changes = {"baseline": "elsewhere"}
    if "members" in {f.name for f in dataclasses.fields(arm)}:
        changes["members"] = arm.members + 1
    other = dataclasses.replace(arm, **changes)
    assert identity(built(other, given)) == identity(built(arm, given))


def test_the_same_ingredients_give_the_same_training_set(arm, given, tmp_path):
    made = []
    for name in ("first", "again"):
        training = built(arm, given).read()
        training.main.save(tmp_path / name / "main")
        if training.slot is not None:
            training.slot.save(tmp_path / name / "slot")
        files = sorted(p for p in (tmp_path / name).rglob("*.npy"))
        made.append((training.weight.tobytes(), [p.read_bytes() for p in files]))
    assert made[0] == made[1]


def test_it_says_in_words_why_it_is_left_out(arm):
    for facts in (EQUAL, UNEQUAL, dataclasses.replace(EQUAL, n_reserve=0)):
        why = arm.absent(facts)
        assert why is None or why.strip()
    assert arm.absent(UNEQUAL) is None, "under imbalance and with a reserve, every arm has its say"


def test_it_has_every_attribute_of_an_arm(arm):
    names = [name for name in vars(Arm) if not name.startswith("_")]
    assert [name for name in names if not hasattr(arm, name)] == []
    assert arm.members >= 1


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_a_weight_of_nothing_and_of_everything_is_allowed(arm, given, weight):
    if hasattr(arm, "weight"):
        training = built(dataclasses.replace(arm, weight=weight), given).read()
        assert training.slot_weight == weight
        assert (training.slot is None) == (weight == 0)


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan")])
def test_a_weight_that_is_no_share_is_refused(arm, weight):
    if hasattr(arm, "weight"):
        with pytest.raises(ValueError, match="weight lies in"):
            dataclasses.replace(arm, weight=weight)
