import io
import random
import struct

import pytest
from PIL import Image

from engram.chat.attachments.child import pictures, work
from engram.chat.attachments.child.refusals import RefusedError, Why
from tests.chat.attachments.samples import (
    BLACK,
    BLUE,
    ORIENTATION,
    RED,
    WHITE,
    cornered,
    encoded,
    lying_png,
    noise,
    photo,
    plain,
    screenshot,
)

pictures.load()


def opened(data):
    """The picture that a model gets; it is checked whether every server would take it."""
    facts, content = pictures.picture(data)
    picture = Image.open(io.BytesIO(content))
    picture.load()
    assert picture.format in ("JPEG", "PNG")
    assert Image.MIME[picture.format] == facts["media_type"]
    assert picture.size == (facts["width"], facts["height"])
    assert picture.mode == "RGB"
    assert 32 <= min(picture.size) <= max(picture.size) <= 1568
    # A JPEG has a JFIF header, and nothing else may have come along.
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not picture.getexif()
    assert len(content) <= pictures.LONG
    return picture


def near(colour, other):
    return all(abs(a - b) < 12 for a, b in zip(colour, other, strict=True))


def refused(data):
    with pytest.raises(RefusedError) as caught:
        pictures.picture(data)
    return caught.value


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_what_people_send_is_opened(kind):
    """A sticker, a screenshot or a photo would not reach the model."""
    picture = opened(encoded(cornered(), kind))
    assert picture.size == (200, 100)
    assert near(picture.getpixel((20, 20)), RED)
    assert near(picture.getpixel((180, 80)), BLUE)


@pytest.mark.parametrize(
    ("size", "shown"),
    [((4000, 3000), (1568, 1176)), ((1000, 3000), (523, 1568)), ((1568, 10), (1568, 32)),
     ((1569, 1569), (1568, 1568)), ((800, 600), (800, 600)), ((20_000, 8), (1568, 32))],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_no_side_is_longer_than_models_see(size, shown, kind):
    """A photo of a phone would take minutes to read, or be refused."""
    assert opened(plain(size, kind)).size == shown


def test_a_picture_with_hardly_any_pixels_is_put_on_white_or_refused():
    """Models fail on less than a patch; there is nothing to see on a single pixel."""
    assert near(opened(encoded(Image.new("RGB", (20, 10), RED))).getpixel((16, 16)), RED)
    assert opened(plain((20, 10))).getpixel((0, 0)) == WHITE
    error = refused(plain((1, 1)))
    assert (error.why, error.facts) == (Why.SMALL, {"width": 1, "height": 1})


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_photo_stands_upright(turn, kind):
    """Phones keep pictures lying on their side: the model would read a chart from the left."""
    tags = Image.Exif()
    tags[ORIENTATION] = turn
    # As a phone does: it turns what it saves, and notes how to turn it back.
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    kept = cornered() if turn == 1 else cornered().transpose(back[turn])
    options = {"tiffinfo": tags} if kind == "TIFF" else {"exif": tags.tobytes()}
    picture = opened(encoded(kept, kind, **options))
    assert picture.size == (200, 100)
    assert near(picture.getpixel((20, 20)), RED)
    assert near(picture.getpixel((180, 20)), BLUE)
    assert near(picture.getpixel((20, 80)), BLUE)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_exif_data_cost_the_turn_and_not_the_picture():
    """A picture of some cheap camera would not be opened for what nobody looks at."""
    whole = encoded(cornered(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f" + b"\x12\x01" * 30)
    assert opened(whole).size == (200, 100)


def test_what_a_phone_knows_does_not_go_along():
    """The model's server would be told where the photo was taken."""
    tags = Image.Exif()
    tags[0x010E] = "At home, 12 High Street"
    _, content = pictures.picture(encoded(cornered(), "JPEG", exif=tags.tobytes(), comment=b"Ann"))
    assert b"High Street" not in content
    assert b"Ann" not in content


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGBA", (64, 64), (0, 0, 0, 0)),
        Image.new("LA", (64, 64), (0, 0)),
        Image.new("P", (64, 64), 0),
    ],
    ids=["RGBA", "grey", "palette"],
)
def test_what_is_transparent_is_white(picture):
    """A sticker would be a black square to one server and something else to the next."""
    options = {"transparency": 0} if picture.mode == "P" else {}
    assert opened(encoded(picture, **options)).getpixel((5, 5)) == WHITE


def test_the_colour_that_a_png_names_as_transparent_is_white():
    """The ground of an old logo would be pink."""
    picture = Image.new("RGB", (64, 64), (255, 0, 255))
    assert opened(encoded(picture, transparency=(255, 0, 255))).getpixel((5, 5)) == WHITE


def test_a_half_transparent_picture_keeps_its_colours_when_it_shrinks():
    """Edges of a sticker would have dark seams."""
    picture = Image.new("RGBA", (2000, 2000), (255, 0, 0, 255))
    picture.paste((0, 0, 0, 0), (1000, 0, 2000, 2000))
    shown = opened(encoded(picture))
    for x in range(770, 800):
        red, green, blue = shown.getpixel((x, 700))
        assert red > 245
        assert abs(green - blue) < 3


def test_sixteen_bits_are_not_cut_off_at_eight():
    """A grey picture of a scanner would be all white."""
    grey = Image.new("I;16", (64, 64), 32768)
    for kind in ("PNG", "TIFF"):
        assert near(opened(encoded(grey, kind)).getpixel((5, 5)), (128, 128, 128))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.0, 1.0, 255), (-5.0, 5.0, 255), (3.0, 3.0, 0), (0.0, float("inf"), 0)],
)
def test_numbers_of_any_range_become_grey(low, high, expected):
    """A picture of a measurement would be black."""
    picture = Image.new("F", (64, 64), low)
    picture.putpixel((9, 9), high)
    assert abs(opened(encoded(picture, "TIFF")).getpixel((9, 9))[0] - expected) < 3


def test_whole_numbers_below_zero_become_grey():
    """A picture of heights and depths would wrap around."""
    picture = Image.new("I", (64, 64), -500)
    picture.putpixel((9, 9), 500)
    shown = opened(encoded(picture, "TIFF"))
    assert shown.getpixel((0, 0)) == BLACK
    assert shown.getpixel((9, 9))[0] > 240


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "LAB"])
def test_any_kind_of_colour_becomes_rgb(mode):
    """A print shop's picture would be refused by the model's server."""
    opened(plain((64, 64), "TIFF", mode))


def test_a_print_picture_keeps_its_colours():
    """CMYK JPEGs would arrive as their negatives."""
    picture = Image.new("RGB", (64, 64), RED).convert("CMYK")
    assert near(opened(encoded(picture, "JPEG", quality=95)).getpixel((5, 5)), RED)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_a_moving_picture_the_first_is_shown(kind):
    """Where a chart begins to move nobody would see anything."""
    others = [Image.new("RGB", (64, 64), BLUE) for _ in range(3)]
    moving = encoded(Image.new("RGB", (64, 64), RED), kind, save_all=True, append_images=others)
    assert near(opened(moving).getpixel((5, 5)), RED)


def test_of_a_photo_with_several_pictures_the_first_is_shown():
    """Phones keep a second, smaller one in the same file (MPO)."""
    several = encoded(
        Image.new("RGB", (64, 64), RED), "MPO", save_all=True,
        append_images=[Image.new("RGB", (64, 64), BLUE)],
    )  # fmt: skip
    assert near(opened(several).getpixel((5, 5)), RED)


def test_a_screenshot_stays_sharp_and_a_photo_stays_short():
    """Digits on a chart would blur, or a photo would take ten times the bytes."""
    assert opened(screenshot((585, 1266))).format == "PNG"
    assert opened(encoded(noise((800, 800)))).format == "JPEG"
    assert opened(photo((1200, 900))).format == "JPEG"


def test_thin_lines_keep_their_colours():
    """A red candle beside a green one would be brown."""
    picture = Image.new("RGB", (400, 100), BLACK)
    for x in range(0, 400, 2):
        picture.paste((220, 40, 60), (x, 0, x + 1, 100))
    shown = opened(encoded(picture, "JPEG", quality=100, subsampling=0))
    assert near(shown.getpixel((200, 50)), (220, 40, 60))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_picture_without_its_end_is_refused(kind, share):
    """The model would be asked about a picture whose lower half is grey."""
    whole = encoded(noise((64, 64)), kind)
    facts, _ = work.opened(pictures.picture, whole[: int(share * len(whole))])
    assert facts["why"] in ("broken", "unknown")


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"MZ" + bytes(200), ""), (b"%PDF-1.4 hello", ""), (b"hello", ""),
     (b"\0\0\0\x18ftypheic" + bytes(99), "HEIC"), (b"\0\0\0\x18ftypavif" + bytes(99), "AVIF"),
     (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ""), (b"%!PS-Adobe-3.0 EPSF-3.0\n", "")],
)  # fmt: skip
def test_what_is_no_picture_is_known_as_such(data, kind):
    """A program or a drawing with code in it would be given to a library that runs it."""
    error = refused(data)
    assert (error.why, error.facts) == (Why.UNKNOWN, {"kind": kind})


@pytest.mark.parametrize("size", [(100_000, 100_000), (7000, 7000), (2**31 - 1, 1)])
def test_a_header_that_promises_too_much_costs_nothing(size):
    """A file of 67 bytes would take 30 GB."""
    assert refused(lying_png(size)).why is Why.LARGE


def test_a_large_photo_is_decoded_small():
    """Phones make photos of 50 megapixels and more; decoded whole one takes 150 MB."""
    data = plain((8000, 6000), "JPEG", "L")
    assert opened(data).size == (1568, 1176)
    progressive = bytearray(encoded(Image.new("L", (64, 64)), "JPEG", progressive=True))
    at = progressive.index(b"\xff\xc2") + 5
    progressive[at : at + 4] = struct.pack(">HH", 9000, 12_000)
    assert refused(bytes(progressive)).why is Why.LARGE


def test_noise_is_no_reason_for_a_long_picture():
    """Servers with a limit on bytes would refuse it."""
    colours = random.Random(1).randbytes(3 * 1568 * 1568)
    opened(encoded(Image.frombytes("RGB", (1568, 1568), colours), "BMP"))
