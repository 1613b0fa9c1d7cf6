"""Read the arrays of an .npz file that nobody vouches for.

Sizes are read from the headers and checked before any content is; arrays of objects, which would
have to be unpickled, are refused.
"""

from __future__ import annotations

import lzma
import math
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from synthlift.core.errors import DataError
from synthlift.core.text import printable, several

SUFFIX = ".npy"
FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
)


class Archive:
    """An open .npz file: the names of its arrays, and their contents on demand."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        """max_bytes: of all arrays that are read, decompressed. DataError if it is no archive."""
        self.path, self.left, self.max_bytes = path, max_bytes, max_bytes
        try:
            with zipfile.ZipFile(path) as file:
                members = [info for info in file.infolist() if info.filename.endswith(SUFFIX)]
        except FAULTS as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise DataError(
                f"{printable(path)} can't be read as an .npz file ({why}); "
                "give one that numpy.savez wrote with dataset.path=FILE"
            ) from error
        self.names = tuple(info.filename.removesuffix(SUFFIX) for info in members)
        if len(set(self.names)) < len(self.names):
            twice = next(name for name in self.names if self.names.count(name) > 1)
            raise DataError(f"{printable(path)} holds the array {twice!r} twice")

    def __contains__(self, name: str) -> bool:
        return name in self.names

    @property
    def inventory(self) -> str:
        return several(self.names, 12) or "no arrays"

    def read(self, name: str) -> npt.NDArray[Any]:
        """One array; a DataError names it if it is damaged, too large, or one of objects."""
        try:
            with zipfile.ZipFile(self.path) as file:
                info = file.getinfo(name + SUFFIX)
                with file.open(info) as stream:
                    self._check_header(name, stream, info.file_size)
                with file.open(info) as stream:
                    array: npt.NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
                    if stream.read(1):
                        raise ValueError("it is longer than its header says")
        except FAULTS as error:
            raise DataError(f"{name} in {printable(self.path)} is damaged ({error})") from error
        return array

    def _check_header(self, name: str, stream: IO[bytes], n_bytes: int) -> None:
        shape, dtype = _header(stream)
        if dtype.hasobject:
            raise DataError(
                f"{name} in {printable(self.path)} is an array of Python objects, which could run "
                "code when it is read; save numbers or text, as in "
                f"{name}=np.asarray({name}.tolist())"
            )
        if not dtype.itemsize:
            raise ValueError("its elements have no size")
        claimed = math.prod(shape) * dtype.itemsize
        if not 0 <= claimed <= n_bytes:
            raise ValueError(f"its header claims {claimed:,} bytes, it has {n_bytes:,}")
        if n_bytes > self.left:
            raise DataError(
                f"{name} in {printable(self.path)} takes {n_bytes:,} bytes, and all that is read "
                f"may take dataset.max_bytes={self.max_bytes:,}; raise it if you trust the file"
            )
        self.left -= n_bytes


def _header(stream: IO[bytes]) -> tuple[Sequence[int], np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(stream)
    else:
        raise ValueError(f"version {version[0]}.{version[1]} of the npy format is not read")
    return shape, dtype
