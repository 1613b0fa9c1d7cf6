"""One image file to pixels, whatever it is; nothing is decoded before its size is known.

The format is told by the content, never by the suffix. Turned as EXIF says, laid on white where
transparent, resized by its shorter side (antialiased, bicubic) and cropped to the centre. Colour
profiles are not applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import (
    BmpImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from synthlift.core.text import printable

READERS = (BmpImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)
FORMATS = ("BMP", "JPEG", "PNG", "TIFF", "WEBP")
ONE_OF_MANY = MpoImagePlugin.MpoImageFile  # a JPEG with previews behind the photograph itself
PILLOW_LIMIT = 178_956_970  # pixels: above it Pillow refuses by itself

Pixels = npt.NDArray[np.uint8]
Colour = Literal["grey", "rgb"]


class Unusable(Exception):
    """Why a file can't be used, in words that follow its name."""


@dataclass(frozen=True)
class Picture:
    """pixels: uint8 `(size, size)`, or `(size, size, 3)` where there is colour.

    width, height: of the file, after it was turned. brightest: of a file of 16 bits, else None.
    """

    pixels: Pixels
    width: int
    height: int
    turned: bool
    transparent: bool
    cmyk: bool
    brightest: int | None


def looks_like_image(head: bytes) -> bool:
    """Whether a file that begins so is of one of the formats; head: its first 12 bytes or more."""
    return (
        head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM"))
        or head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"))
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
    )


def read_picture(path: Path, size: int, colour: Colour | None, max_pixels: int) -> Picture:
    """Decode one file; Unusable says why not.

    colour: None keeps colour where there is any: a file with equal channels is grey.
    """
    try:
        with Image.open(path, formats=FORMATS) as image:
            _check_header(image, max_pixels)
            return _decode(image, size, colour)
    except Unusable:
        raise
    except UnidentifiedImageError as error:
        raise Unusable("is no PNG, JPEG, WebP, BMP or TIFF image, or its start is lost") from error
    except Image.DecompressionBombError as error:
        raise Unusable(f"has more than {PILLOW_LIMIT:,} pixels; make it smaller") from error
    except Exception as error:  # a damaged file makes Pillow raise whatever it happens to run into
        raise Unusable(f"can't be decoded ({printable(error) or type(error).__name__})") from error


def _check_header(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise Unusable(
            f"has {width:,} x {height:,} pixels, more than dataset.max_pixels={max_pixels:,}; make "
            "it smaller, or raise the limit if you trust it"
        )
    if getattr(image, "is_animated", False) and not isinstance(image, ONE_OF_MANY):
        raise Unusable("holds several pictures; save each as a file of its own")


def _decode(image: Image.Image, size: int, colour: Colour | None) -> Picture:
    stored = image.size
    side = min(stored)
    enough = (max(1, 2 * size * stored[0] // side), max(1, 2 * size * stored[1] // side))
    image.draft(None, enough)  # a JPEG can be decoded at 1/2, 1/4 or 1/8, in a fraction of the time
    orientation = image.getexif().get(0x0112, 1)
    turned = orientation in range(2, 9)
    ImageOps.exif_transpose(image, in_place=True)
    height, width = sorted(stored, reverse=image.width < image.height)
    plain, transparent, brightest = _to_plain(image)
    small = fit(plain.convert("L") if colour == "grey" else plain, size)
    pixels = np.asarray(small)
    if colour is None and pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
        pixels = pixels[..., 0]
    cmyk = image.mode == "CMYK"
    return Picture(pixels, width, height, turned, transparent, cmyk, brightest)


def _to_plain(image: Image.Image) -> tuple[Image.Image, bool, int | None]:
    """The image in mode L or RGB; whether it was transparent; the brightest value of 16 bits."""
    if image.mode.startswith("I;16"):  # Pillow would cut off what is above 255
        values = np.asarray(image).astype(np.uint32)
        eight_bits = ((values + 128) // 257).astype(np.uint8)
        return Image.fromarray(eight_bits), False, int(values.max())
    if image.mode not in ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"):
        raise Unusable(
            f"has pixels of a kind without a fixed range ({image.mode}); save it with 8 or 16 bits "
            "per channel, grey or RGB"
        )
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        transparent = layer.getchannel("A").getextrema() != (255, 255)
        return Image.alpha_composite(white, layer).convert("RGB"), transparent, None
    return image.convert("L" if image.mode in ("1", "L") else "RGB"), False, None


def fit(image: Image.Image, size: int) -> Image.Image:
    """The central square at `size` pixels: resized by the shorter side, cropped to the centre."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box: Any = (left, top, left + side, top + side)
    return image.resize((size, size), Image.Resampling.BICUBIC, box=box)
