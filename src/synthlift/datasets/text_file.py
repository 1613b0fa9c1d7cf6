"""The bytes of a file of separated columns: what it really is, its encoding, its delimiter."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from synthlift.core.errors import DataError
from synthlift.core.text import printable

OTHERS = {  # what a file called .csv may be in fact, by its first bytes
    b"\x1f\x8b": ("compressed with gzip", "unpack it first"),
    b"BZh": ("compressed with bzip2", "unpack it first"),
    b"\xfd7zXZ": ("compressed with xz", "unpack it first"),
    b"\x28\xb5\x2f\xfd": ("compressed with zstd", "unpack it first"),
    b"PK\x03\x04": ("an Excel workbook or a zip archive", "save the sheet as CSV, or unpack it"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "save the sheet as CSV"),
    b"PAR1": ("a Parquet file", "read it with dataset=parquet"),
}
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
SAMPLE = 64_000  # bytes that the delimiter is looked for in


def read_text(path: Path, encoding: str | None, max_bytes: int) -> bytes:
    r"""A file as UTF-8 without a byte-order mark, lines ended by \n; a DataError if it is no text.

    encoding: of the file; None for UTF-8.
    """
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise DataError(
                f"{printable(path)} has {size:,} bytes, more than dataset.max_bytes={max_bytes:,}; "
                "raise it, if so much fits into memory"
            )
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{printable(path)} can't be read: {error.strerror}") from error
    for magic, (what, remedy) in OTHERS.items():
        if data.startswith(magic):
            raise DataError(f"{printable(path)} is {what}, no CSV; {remedy}")
    if encoding is None and data.startswith(UTF_16):
        raise DataError(f"{printable(path)} is UTF-16; read it with dataset.encoding=utf-16")
    data = _as_utf8(path, data, encoding).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not data.strip():
        raise DataError(f"{printable(path)} is empty; a table has a header line and rows below it")
    if (at := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, at) + 1
        raise DataError(
            f"{printable(path)}, line {line}, holds a NUL byte: it is damaged, no CSV, or in "
            "another encoding (dataset.encoding=utf-16)"
        )
    return data


def _as_utf8(path: Path, data: bytes, encoding: str | None) -> bytes:
    try:
        text = data.decode(encoding or "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{printable(path)}, line {line}: byte 0x{data[error.start]:02x} is not "
            f"{encoding or 'UTF-8'}; say what the file is written in, as in "
            "dataset.encoding=cp1252 (Windows), latin-1 or utf-16, or save it as UTF-8"
        ) from error
    return text.removeprefix("\ufeff").encode("utf-8", "replace")


def find_delimiter(path: Path, data: bytes) -> str:
    """What separates the columns; a DataError if comma, semicolon, tab and pipe all don't."""
    sample = data[:SAMPLE]
    if len(data) > SAMPLE:
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    found: dict[str, tuple[float, int]] = {}
    for delimiter in DELIMITERS.values():
        widths = [len(cells) for _, cells in records(sample, delimiter)]
        if widths and widths[0] > 1:
            found[delimiter] = (widths.count(widths[0]) / len(widths), widths[0])
    if not found:
        _, header = next(records(sample, ","))
        raise DataError(
            f"{printable(path)} has one column, {header[0][:60]!r}: its first line holds no comma, "
            "semicolon, tab or pipe; if something else separates its columns, name it with "
            'dataset.delimiter="X"; if this is no text at all, its encoding with dataset.encoding'
        )
    return max(found, key=lambda delimiter: found[delimiter])


def records(data: bytes, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every record that is not blank: the line that it begins in, from 1, and its cells.

    A quote that is never closed is a csv.Error.
    """
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8", "replace", newline="")
    reader = csv.reader(text, delimiter=delimiter)
    line = 1
    for cells in reader:
        if cells:
            yield line, cells
        line = reader.line_num + 1
