"""Every kind of file that people have, against Pillow's or numpy's own plain way."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from synthlift.datasets.pictures import Unusable, fit, read_picture

pytestmark = pytest.mark.filterwarnings("ignore")  # Pillow's; the caller of read_picture does so

RED_GREEN = np.zeros((16, 16, 3), np.uint8)
RED_GREEN[:8, :, 0], RED_GREEN[8:, :, 1] = 255, 255  # red above, green below
LOSSLESS = {"PNG": {}, "WEBP": {"lossless": True}, "BMP": {}, "TIFF": {}}


def read(path, size=16, colour=None, max_pixels=10**6):
    return read_picture(path, size, colour, max_pixels)


def save(folder, pixels, kind="PNG", mode=None, **how):
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    path = folder / "picture.bin"  # the content says what it is, not the suffix
    (image.convert(mode) if mode else image).save(path, kind, **how)
    return path


@pytest.mark.parametrize("kind", LOSSLESS)
def test_an_image_of_the_size_asked_for_keeps_its_bytes(tmp_path, kind):
    path = save(tmp_path, RED_GREEN, kind, **LOSSLESS[kind])
    picture = read(path)
    assert (picture.pixels == RED_GREEN).all()
    assert not any((picture.turned, picture.transparent, picture.cmyk, picture.brightest))


def test_a_jpeg_keeps_its_colours(tmp_path):
    pixels = read(save(tmp_path, RED_GREEN, "JPEG", quality=95)).pixels.astype(int)
    assert np.abs(pixels - RED_GREEN)[[2, 13]].max() < 10


@pytest.mark.parametrize("kind", LOSSLESS)
def test_equal_channels_are_grey(tmp_path, kind):
    grey = np.tile(np.arange(16, dtype=np.uint8) * 16, (16, 1))
    path = save(tmp_path, np.repeat(grey[..., None], 3, 2), kind, **LOSSLESS[kind])
    assert (read(path).pixels == grey).all()
    assert (read(path, colour="grey").pixels == grey).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_the_image_as_the_camera_was_held(tmp_path, kind, orientation):
    """EXIF 2.3, tag 274: which edge of the scene the first row and the first column are."""
    upright = RED_GREEN.copy()
    upright[:, :8] //= 2  # dark to the left: no two orientations look alike
    as_stored = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation](upright)
    exif = Image.Exif()
    exif[0x0112] = orientation
    how = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    path = save(tmp_path, np.ascontiguousarray(as_stored), kind, exif=exif, **how)
    picture = read(path)
    assert picture.turned == (orientation != 1)
    wrong = np.abs(picture.pixels.astype(int) - upright)[2:6, [2, 13]]
    assert wrong.max() < (12 if kind == "JPEG" else 1)


def test_a_turned_image_is_as_wide_as_it_looks(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("JPEG", "TIFF"):
        picture = read(save(tmp_path, np.zeros((10, 30, 3), np.uint8), kind, exif=exif))
        assert (picture.width, picture.height) == (10, 30)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparent_pixels_are_white(tmp_path, mode):
    layer = Image.new(mode, (16, 16), (40, 0) if mode == "LA" else (200, 10, 10, 0))
    layer.paste(Image.new(mode, (8, 16), (40, 255) if mode == "LA" else (200, 10, 10, 255)))
    picture = read(save(tmp_path, layer))
    assert picture.transparent
    assert (picture.pixels[:, 8:] == 255).all()
    assert (picture.pixels[:, :8] == (40 if mode == "LA" else (200, 10, 10))).all()


def test_an_opaque_alpha_channel_changes_nothing(tmp_path):
    picture = read(save(tmp_path, RED_GREEN, mode="RGBA"))
    assert not picture.transparent
    assert (picture.pixels == RED_GREEN).all()


def test_a_palette_is_looked_up_also_where_one_entry_is_transparent(tmp_path):
    palette = Image.fromarray(RED_GREEN).quantize(2)
    assert (read(save(tmp_path, palette)).pixels == RED_GREEN).all()
    hidden = palette.getpixel((0, 0))
    picture = read(save(tmp_path, palette, transparency=hidden))
    assert (picture.pixels[:8] == 255).all()
    assert (picture.pixels[8:] == RED_GREEN[8:]).all()


def test_black_and_white_is_grey(tmp_path):
    bits = Image.fromarray(RED_GREEN[..., 0]).convert("1")
    assert (read(save(tmp_path, bits)).pixels == RED_GREEN[..., 0]).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bits_are_scaled_not_cut_off(tmp_path, kind):
    wide = np.arange(256, dtype=np.uint16).reshape(16, 16) * 257
    picture = read(save(tmp_path, wide, kind))
    assert picture.pixels.ravel().tolist() == list(range(256))
    assert picture.brightest == 65_535


def test_cmyk_is_converted_and_said(tmp_path):
    picture = read(save(tmp_path, RED_GREEN, "TIFF", mode="CMYK"))
    assert picture.cmyk
    assert (picture.pixels == RED_GREEN).all()


def test_a_longer_side_is_cropped_at_both_ends(tmp_path):
    wide = np.zeros((16, 48, 3), np.uint8)
    wide[:, 16:32] = (0, 0, 255)
    for pixels in (wide, wide.transpose(1, 0, 2)):
        picture = read(save(tmp_path, np.ascontiguousarray(pixels)))
        assert (picture.pixels == (0, 0, 255)).all()


def test_shrinking_averages_so_that_fine_patterns_become_grey():
    board = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)
    assert np.abs(np.asarray(fit(Image.fromarray(board), 8)).astype(int) - 127).max() <= 1


def test_a_big_jpeg_is_read_at_a_fraction_with_the_same_look(tmp_path):
    ramp = np.linspace(0, 255, 512).astype(np.uint8)
    pixels = np.stack(np.broadcast_arrays(ramp, ramp[:, None], 128), axis=2).astype(np.uint8)
    path = save(tmp_path, pixels, "JPEG", quality=95)
    whole = np.asarray(fit(Image.open(path), 16)).astype(int)
    assert np.abs(read(path).pixels - whole).max() <= 3


def test_the_main_photograph_of_a_jpeg_with_previews_is_taken(tmp_path):
    first = Image.fromarray(RED_GREEN)
    path = save(tmp_path, first, "MPO", save_all=True, append_images=[first.rotate(180)])
    assert np.abs(read(path).pixels[2].astype(int) - (255, 0, 0)).max() < 12


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_a_file_of_several_pictures_is_refused(tmp_path, kind):
    first = Image.fromarray(RED_GREEN)
    path = save(tmp_path, first, kind, save_all=True, append_images=[first.rotate(90)])
    with pytest.raises(Unusable, match="holds several pictures"):
        read(path)


@pytest.mark.parametrize("mode", ["F", "I", "LAB"])
def test_pixels_without_a_fixed_range_are_refused(tmp_path, mode):
    image = Image.fromarray(RED_GREEN)
    image = image.convert(mode) if mode == "LAB" else image.convert("L").convert(mode)
    with pytest.raises(Unusable, match=rf"\({mode}\)"):
        read(save(tmp_path, image, "TIFF"))


def png_of(width, height):
    """A PNG that claims this size and holds one row at most."""

    def chunk(name, content):
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + content


@pytest.mark.parametrize(
    ("width", "height", "said"),
    [
        (1001, 1000, r"1,001 x 1,000 pixels, more than dataset\.max_pixels=1,000,000"),
        (12_000, 12_000, "12,000 x 12,000"),
        (100_000, 100_000, "more than 178,956,970 pixels"),
        (2**31 - 1, 2**31 - 1, "more than 178,956,970 pixels"),
    ],
)
def test_a_huge_image_is_refused_by_its_header(tmp_path, monkeypatch, width, height, said):
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("it was decoded"))
    path = tmp_path / "huge.png"
    path.write_bytes(png_of(width, height))
    with pytest.raises(Unusable, match=said):
        read(path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
def test_a_truncated_file_is_refused(tmp_path, kind, share):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    path = save(tmp_path, pixels, kind)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(Unusable):
        read(path)


def test_random_bytes_after_any_start_never_end_in_a_traceback(tmp_path):
    rng = np.random.default_rng(0)
    starts = [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\0", b"RIFF\x10\0\0\0WEBP"]
    for i in range(120):
        path = tmp_path / f"{i}"
        path.write_bytes(starts[i % 6] + rng.bytes(200))
        with pytest.raises(Unusable):
            read(path)


@pytest.mark.parametrize("kind", ["GIF", "PPM", "ICO", "PDF", "EPS"])
def test_a_format_that_is_not_on_the_list_is_not_read(tmp_path, kind):
    with pytest.raises(Unusable, match="is no PNG, JPEG, WebP, BMP or TIFF"):
        read(save(tmp_path, RED_GREEN, kind))
