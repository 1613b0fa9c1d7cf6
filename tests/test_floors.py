"""Who may import whom (DESIGN section 2), read from the source; and that torch is imported late."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "synthlift"

FAMILIES = {
    "datasets",
    "codecs",
    "generators",
    "loggers",
    "filters",
    "arms",
    "classifiers",
    "metrics",
    "statistics",
    "augmentations",
}
FLOORS = {"core": 0, **dict.fromkeys(FAMILIES, 1), "stages": 2, "cli": 4, "__main__": 4}
UPPER = 3  # experiment, worker, report: everything else

CONFIGURATION = {"hydra", "omegaconf"}
# the modules that may import them
CONFIGURING = {"compose", "groups", "launch", "overrides", "precheck"}
TORCH = {"torch", "torchvision", "pytorch_lightning", "lightning", "torchmetrics"}
TORCH_SIDE = {  # they import torch at once, and are themselves imported inside functions
    "synthlift.classifiers.training",
    "synthlift.generators.adapting",
    "synthlift.generators.auxiliary",
    "synthlift.generators.checkpoints",
    "synthlift.generators.choosing",
    "synthlift.generators.conditions",
    "synthlift.generators.critic",
    "synthlift.generators.dense",
    "synthlift.generators.fitted",
    "synthlift.generators.fitting",
    "synthlift.generators.image_policies",
    "synthlift.generators.label_strength",
    "synthlift.generators.layers",
    "synthlift.generators.lecam",
    "synthlift.generators.loop",
    "synthlift.generators.relay",
    "synthlift.generators.resnet_blocks",
    "synthlift.generators.sharing",
    "synthlift.generators.snapshots",
    "synthlift.generators.spans",
    "synthlift.generators.stacks",
    "synthlift.generators.summary",
    "synthlift.generators.training",
    "synthlift.generators.vae_training",
    "synthlift.virtual",
}

# Pure functions, like the statistics: stages may call them.
PURE = {
    "synthlift.metrics.confidence",
    "synthlift.metrics.distribution",
    "synthlift.metrics.neighbours",
}


@dataclass(frozen=True)
class Import:
    """One import statement: who, of which module, and whether it runs when `by` is imported."""

    by: str
    of: str
    line: int
    at_once: bool

    def __str__(self) -> str:
        return f"{self.by}, line {self.line}, imports {self.of}"


def imports_of(source: Path) -> list[Import]:
    found = []
    modules = {name_of(path, source) for path in source.rglob("*.py")}
    for path in sorted(source.rglob("*.py")):
        by = name_of(path, source)
        package = by if path.name == "__init__.py" else by.rpartition(".")[0]
        for node, at_once in statements(ast.parse(path.read_text()), at_once=True):
            found += [
                Import(by, of, node.lineno, at_once) for of in targets(node, package, modules)
            ]
    return found


def name_of(path: Path, source: Path) -> str:
    parts = path.relative_to(source.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def statements(node: ast.AST, at_once: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Import statements under a node; not at once: in a function, or for the type checker alone."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, at_once
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for kept in child.body:
                yield from statements(ast.Module([kept], []), at_once=False)
            for other in child.orelse:
                yield from statements(ast.Module([other], []), at_once)
        else:
            late = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from statements(child, at_once and not late)


def targets(node: ast.Import | ast.ImportFrom, package: str, modules: set[str]) -> list[str]:
    """Full names of the imported modules; `from a import b` is a.b where that is a module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        above = package.split(".")[: len(package.split(".")) - node.level + 1]
        base = ".".join([*above, base] if base else above)
    names = [f"{base}.{alias.name}" for alias in node.names]
    return sorted({name if name in modules else base for name in names})


def family_of(module: str) -> str:
    """`metrics` for synthlift.metrics.copies, `experiment` for synthlift.experiment."""
    return [*module.split("."), ""][1]


def floor_of(module: str) -> int:
    return FLOORS.get(family_of(module), UPPER)


def is_ours(module: str) -> bool:
    return module.split(".")[0] == "synthlift"


def is_torch(module: str) -> bool:
    return module.split(".")[0] in TORCH or module == "safetensors.torch"


def may_import(by: str, of: str) -> bool:
    """The table of DESIGN section 2, for two of our own modules."""
    if floor_of(by) == 0:
        return floor_of(of) == 0
    if floor_of(by) == 1:
        return floor_of(of) == 0 or family_of(of) == family_of(by)
    if floor_of(by) == 2:
        return (
            floor_of(of) in (0, 2)
            or family_of(of) == "statistics"
            or of in PURE
            or (floor_of(of) == 1 and of.endswith(".base"))
        )
    return floor_of(of) <= floor_of(by)


def violations(source: Path) -> list[str]:
    found = []
    for i in imports_of(source):
        if is_ours(i.of) and not may_import(i.by, i.of):
            found.append(f"{i}: that is not below it")
        if i.of.split(".")[0] in CONFIGURATION and family_of(i.by) not in CONFIGURING:
            found.append(f"{i}: only compose.py and its helpers may")
        if floor_of(i.by) == 0 and is_torch(i.of):
            found.append(f"{i}: core knows no torch")
        if i.at_once and is_torch(i.of) and i.by not in TORCH_SIDE:
            found.append(f"{i}: it takes seconds; import it inside a function")
        if i.at_once and i.of in TORCH_SIDE and i.by not in TORCH_SIDE:
            found.append(f"{i}: that imports torch; import it inside a function")
    return found


def test_no_module_imports_from_above_and_torch_is_imported_late() -> None:
    assert violations(SOURCE) == []


def test_every_module_of_the_torch_side_exists() -> None:
    modules = {name_of(path, SOURCE) for path in SOURCE.rglob("*.py")}
    assert modules >= TORCH_SIDE


def test_importing_the_package_alone_imports_nothing_else() -> None:
    at_once = [i.of for i in imports_of(SOURCE) if i.by == "synthlift" and i.at_once]
    assert set(at_once) <= {"__future__", "typing"}


@pytest.mark.parametrize(
    ("path", "code", "complaint"),
    [
        ("core/store.py", "from synthlift.arms import base", "not below"),
        ("core/store.py", "from ..stages.split import make_splits", "not below"),
        ("core/store.py", "import synthlift.experiment", "not below"),
        ("core/store.py", "def f():\n    import torch", "core knows no torch"),
        ("core/store.py", "def f():\n    import safetensors.torch", "core knows no torch"),
        ("core/store.py", "import pytorch_lightning as pl", "core knows no torch"),
        ("arms/mix.py", "from synthlift.generators.base import Generator", "not below"),
        ("arms/mix.py", "def f():\n    from synthlift.metrics import base", "not below"),
        ("arms/mix.py", "if TYPE_CHECKING:\n    import synthlift.stages", "not below"),
        ("stages/split.py", "from synthlift.arms.real import Real", "not below"),
        ("stages/split.py", "from synthlift.report import html", "not below"),
        ("experiment.py", "from synthlift.cli import main", "not below"),
        ("experiment.py", "from omegaconf import DictConfig", "only compose.py"),
        ("report/html.py", "def f():\n    import hydra", "only compose.py"),
        ("cli.py", "import torch", "inside a function"),
        ("cli.py", "try:\n    import torch\nexcept ImportError:\n    pass", "inside a function"),
        ("metrics/copies.py", "class A:\n    import torchvision", "inside a function"),
        ("metrics/copies.py", "if not TYPE:\n    import torch.nn", "inside a function"),
        ("generators/gan.py", "from safetensors.torch import save", "inside a function"),
        ("generators/gan.py", "from . import training", "that imports torch"),
        ("generators/gan.py", "from synthlift.generators import training", "that imports torch"),
        ("experiment.py", "from synthlift.generators.training import f", "that imports torch"),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, path: str, code: str, complaint: str) -> None:
    planted = plant(tmp_path, path, code)
    (message, *_) = violations(planted)
    assert complaint in message
    assert path.removesuffix(".py").replace("/", ".") in message


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("core/store.py", "import numpy, filelock\nfrom synthlift.core.errors import DataError"),
        ("arms/mix.py", "from synthlift.arms.base import Arm\nfrom synthlift.core import samples"),
        ("stages/split.py", "import synthlift.arms.base\nimport synthlift.statistics.intervals"),
        ("stages/split.py", "from synthlift.classifiers import base"),
        ("experiment.py", "from synthlift.stages.split import make_splits\nimport synthlift.arms"),
        ("cli.py", "import synthlift.experiment"),
        ("compose.py", "import hydra\nfrom omegaconf import DictConfig"),
        ("metrics/copies.py", "def f():\n    import torch"),
        ("metrics/copies.py", "if TYPE_CHECKING:\n    from torch import Tensor"),
        ("generators/training.py", "import torch\nfrom synthlift.generators import layers"),
        ("generators/gan.py", "def f():\n    from synthlift.generators.training import fit"),
    ],
)
def test_what_the_plan_allows_is_not_complained_of(tmp_path: Path, path: str, code: str) -> None:
    assert violations(plant(tmp_path, path, code)) == []


def plant(folder: Path, path: str, code: str) -> Path:
    """A source tree in which the torch side exists, and one more file."""
    source = folder / "synthlift"
    planted = {f"{name.replace('.', '/')}.py": "" for name in TORCH_SIDE}
    planted |= {f"synthlift/{family}/__init__.py": "" for family in FLOORS}
    planted |= {f"synthlift/{family}/base.py": "" for family in FAMILIES}
    for name, text in {**planted, f"synthlift/{path}": code}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return source


LATE = ["synthlift.cli", "synthlift.experiment", "synthlift.core.store", "synthlift.report"]


@pytest.mark.parametrize("module", LATE)
def test_importing_it_imports_no_torch(module: str) -> None:
    if find_spec(module) is None:
        pytest.skip(f"{module} is not written yet")
    code = f"import sys, {module}; print(sorted({TORCH} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
