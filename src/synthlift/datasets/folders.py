"""Find the images of a folder with a class per sub-folder, and what else lies there.

`root/<class>/...` or `root/{train,valid,test}/<class>/...`; a class folder may have folders of its
own. Nothing is opened here but the folders themselves.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Literal

from synthlift.core.errors import DataError
from synthlift.core.text import count, printable, several

Part = Literal["train", "valid", "test"]
PARTS: dict[str, Part] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "valid"),
    **dict.fromkeys(("test", "testing"), "test"),
}
ORDER: tuple[Part, ...] = ("train", "valid", "test")
LITTER = ("thumbs.db", "desktop.ini", "__macosx")  # what file managers and archivers leave


@dataclass(frozen=True)
class Found:
    """One file of a class folder; name: relative to the root, with `/`; size in bytes."""

    path: Path
    name: str
    part: Part
    label: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Listing:
    """files: train, valid, test, each by class and name. classes: the folder names, sorted.

    beside: files that lie outside of any class folder. notes: what was left out.
    """

    files: tuple[Found, ...]
    classes: tuple[str, ...]
    beside: tuple[Path, ...]
    notes: tuple[str, ...]


def list_images(
    root: Path, layout: str | None, ignore: Sequence[str], follow_links: bool
) -> Listing:
    """Every file of every class folder.

    layout: "classes", "parts", or None to see which it is. ignore: patterns of file and folder
    names, or, with a `/`, of paths relative to the root. A DataError names a folder that is not
    there, can't be read or is reached twice, and a link that leaves the root.
    """
    if not os.path.isdir(root):  # unlike Path.is_dir, no error for a name that is too long
        what = "is a file" if os.path.exists(root) else "does not exist"
        raise DataError(
            f"the folder {printable(root)} {what}; give the one that holds a folder per class with "
            "dataset.root=DIR"
        )
    walk = _Walk(root, tuple(ignore), follow_links)
    try:
        return _list(walk, root, layout)
    except OSError as error:
        raise DataError(f"{printable(error.filename)} can't be read: {error.strerror}") from error


def _list(walk: _Walk, root: Path, layout: str | None) -> Listing:
    top, beside = walk.look_into(root, "")
    parts = _parts(walk, top, layout)
    files: list[Found] = []
    classes: set[str] = set()
    for part in ORDER:
        homes = [(path, name) for path, name in top if parts.get(name) == part] if parts else []
        folders = top if not parts and part == "train" else []
        for path, name in homes:
            inner, loose = walk.look_into(path, name)
            folders, beside = [*folders, *inner], [*beside, *loose]
        for path, name in sorted(folders, key=lambda entry: (entry[0].name, entry[1])):
            classes.add(path.name)
            files += [
                Found(file, inside, part, path.name, facts.st_size, facts.st_mtime_ns)
                for file, inside, facts in walk.files(path, name)
            ]
        if homes and not any(file.part == part for file in files):
            raise DataError(f"the folder {printable(homes[0][1])} in dataset.root holds no images")
    if not classes:
        raise DataError(
            f"{printable(root)} holds no folders; put the images of each class into a folder that "
            "has the name of the class"
        )
    unread = [name for _, name in top if parts and name not in parts]
    return Listing(
        tuple(files), tuple(sorted(classes)), tuple(beside), (*_notes(files, unread), *walk.notes())
    )


def _notes(files: Sequence[Found], unread: Sequence[str]) -> Iterator[str]:
    n_valid = sum(file.part == "valid" for file in files)
    if n_valid:
        yield (
            f"{count(n_valid, 'image')} of the folder for validation joined the pool: every repeat "
            "draws its own validation rows"
        )
    if unread:
        yield f"not read, for it is neither train, valid nor test: {several(unread)}"


def _parts(
    walk: _Walk, top: Sequence[tuple[Path, str]], layout: str | None
) -> dict[str, Part] | None:
    """The part that each folder at the top is; None where these are the classes."""
    parts = {name: PARTS[name.lower()] for _, name in top if name.lower() in PARTS}
    if layout == "classes":
        return None
    nested = all(walk.has_folders(path) for path, name in top if name in parts)
    if layout == "parts":
        if "train" not in parts.values():
            raise DataError(
                "dataset.layout=parts, but there is no folder `train` in dataset.root; there are "
                f"{several([name for _, name in top], 5) or 'none'}"
            )
        return parts
    if len(parts) == len(top) and "train" in parts.values() and nested:
        return parts
    if len(set(parts.values())) < 2:
        return None
    raise DataError(
        f"dataset.root holds {several([name for _, name in top], 5)}: are these the classes, or "
        "the parts train, valid and test with the classes in them? Say so with "
        "dataset.layout=classes or dataset.layout=parts"
    )


@dataclass
class _Walk:
    """A walk below a root that enters every folder once; it counts what it leaves out."""

    root: Path
    ignore: tuple[str, ...]
    follow_links: bool
    seen: set[tuple[int, int]] = field(default_factory=set)
    ignored: list[str] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def notes(self) -> Iterator[str]:
        if self.ignored:
            yield f"{len(self.ignored):,} left out by dataset.ignore: {several(self.ignored)}"
        if self.hidden:
            yield f"{count(len(self.hidden), 'hidden folder')} left out: {several(self.hidden)}"
        if self.linked:
            yield f"{count(len(self.linked), 'link')} out of the folder followed"

    def look_into(self, folder: Path, name: str) -> tuple[list[tuple[Path, str]], list[Path]]:
        """The folders in a folder, with their names relative to the root, and its files."""
        entries = list(self._entries(folder, f"{name}/" if name else ""))
        folders = [(path, name) for path, name, facts in entries if S_ISDIR(facts.st_mode)]
        return folders, [path for path, _, facts in entries if S_ISREG(facts.st_mode)]

    def has_folders(self, folder: Path) -> bool:
        with os.scandir(folder) as entries:
            return any(e.is_dir() for e in entries if not _is_litter(e.name))

    def files(self, folder: Path, name: str) -> list[tuple[Path, str, os.stat_result]]:
        """All files at any depth, by name."""
        found, waiting = [], [(folder, name)]
        while waiting:
            here, prefix = waiting.pop()
            for path, inside, facts in self._entries(here, f"{prefix}/"):
                if S_ISDIR(facts.st_mode):
                    waiting.append((path, inside))
                elif S_ISREG(facts.st_mode):
                    found.append((path, inside, facts))
                else:
                    raise DataError(f"{printable(inside)} is no file and no folder; remove it")
        return sorted(found, key=lambda entry: entry[1])

    def _entries(self, folder: Path, prefix: str) -> Iterator[tuple[Path, str, os.stat_result]]:
        facts = folder.stat()
        if (facts.st_dev, facts.st_ino) in self.seen:
            raise DataError(
                f"the folder {printable(folder)} is reached twice, by a link; remove the link"
            )
        self.seen.add((facts.st_dev, facts.st_ino))
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        self.hidden += [prefix + e.name for e in found if e.name.startswith(".") and e.is_dir()]
        kept = [e for e in found if not _is_litter(e.name)]
        for entry in kept:
            name = prefix + entry.name
            if self._is_ignored(name):
                self.ignored.append(name)
                continue
            if entry.is_symlink():
                self._check_link(entry, name)
            yield Path(entry.path), name, entry.stat()

    def _is_ignored(self, name: str) -> bool:
        last = name.rpartition("/")[2]
        return any(fnmatchcase(name if "/" in p else last, p) for p in self.ignore)

    def _check_link(self, entry: os.DirEntry[str], name: str) -> None:
        target = os.path.realpath(entry.path)
        if not os.path.exists(target):
            raise DataError(f"{printable(name)} is a link to nothing; remove it")
        if not Path(target).is_relative_to(os.path.realpath(self.root)):
            if not self.follow_links:
                raise DataError(
                    f"{printable(name)} is a link out of dataset.root, to {printable(target)}; "
                    "remove it, or follow such links with dataset.follow_links=true"
                )
            self.linked.append(name)


def _is_litter(name: str) -> bool:
    return name.startswith(".") or name.lower() in LITTER
