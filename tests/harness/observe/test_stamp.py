"""Frame stamps: through a real VP8 encoder and decoder, scaled, torn, and where there is none."""

import zlib
from fractions import Fraction

import av
import numpy as np
import pytest

from fixtures.observe.media import stamp, synthetic
from fixtures.observe.media.stamp import Stamp

MARKS = [Stamp(sender=7, sequence=n, sent_ms=4_000_000_000 + 67 * n) for n in range(20)]


def _through_vp8(marks: list[Stamp], bitrate: int) -> list[av.VideoFrame]:
    """Paint, encode as a realtime VP8 stream of `bitrate`, decode."""
    encoder = av.CodecContext.create("libvpx", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = synthetic.WIDTH, synthetic.HEIGHT, "yuv420p"
    encoder.bit_rate, encoder.time_base = bitrate, Fraction(1, 90_000)
    encoder.options = {
        "deadline": "realtime",
        "cpu-used": "-6",
        "lag-in-frames": "0",
        "maxrate": str(bitrate),
    }
    decoder, canvas = av.CodecContext.create("libvpx", "r"), synthetic.Canvas(sender=7)
    packets = [packet for n, mark in enumerate(marks) for packet in encoder.encode(canvas.picture(mark, n))]
    frames = [frame for packet in packets for frame in decoder.decode(packet)]
    return [frame for frame in frames if isinstance(frame, av.VideoFrame)]


def _luma(mark: Stamp) -> "stamp.Luma":
    luma = np.full((synthetic.HEIGHT, synthetic.WIDTH), 90, np.uint8)
    stamp.paint(mark, luma)
    return luma


@pytest.mark.parametrize("bitrate", [500_000, 30_000])
def test_stamps_survive_vp8(bitrate: int) -> None:
    """Every stamp is read back exactly, at a starved bitrate too."""
    assert [synthetic.read_stamp(frame) for frame in _through_vp8(MARKS, bitrate)] == MARKS


@pytest.mark.parametrize(("width", "height"), [(320, 180), (160, 90), (854, 480)])
def test_stamps_survive_scaling(width: int, height: int) -> None:
    """A decoded frame that was scaled still reads."""
    frame = _through_vp8(MARKS[:3], 500_000)[-1].reformat(width=width, height=height)
    assert synthetic.read_stamp(frame) == MARKS[2]


@pytest.mark.parametrize("torn_at", [0.1, 0.3, 0.45])
def test_a_torn_frame_has_no_stamp(torn_at: float) -> None:
    """Half of one frame over half of another is no stamp, rather than a wrong one."""
    earlier, later = _luma(Stamp(1, 0x5555, 111_111)), _luma(Stamp(2, 0xAAAA, 222_222))
    row = int(synthetic.HEIGHT * torn_at)
    earlier[:row] = later[:row]
    assert stamp.read(earlier) is None


def test_one_wrong_block_is_no_stamp() -> None:
    """The checksum rejects each single block that was turned over."""
    block_height = synthetic.HEIGHT * stamp.GRID_SHARE / stamp.ROWS
    block_width = synthetic.WIDTH / stamp.COLUMNS
    for row in range(stamp.ROWS):
        for column in range(stamp.COLUMNS):
            luma = _luma(MARKS[5])
            part = luma[int(row * block_height) :, int(column * block_width) :]
            block = part[: int(block_height), : int(block_width)]
            block[:] = 255 - block
            assert stamp.read(luma) is None, (row, column)


@pytest.mark.parametrize("seed", range(5))
def test_pictures_without_a_stamp_have_none(seed: int) -> None:
    """Noise, a flat picture and a black one hold no stamp."""
    noise = np.random.default_rng(seed).integers(0, 256, (synthetic.HEIGHT, synthetic.WIDTH), np.uint8)
    blocks = np.kron(noise[: stamp.ROWS * 2, : stamp.COLUMNS], np.ones((30, 40), np.uint8))
    for luma in (noise, blocks, np.full_like(noise, 128), np.zeros_like(noise)):
        assert stamp.read(luma) is None


def test_age_survives_the_clock_starting_again() -> None:
    """The age of a stamp is right across the wrap of its 32 bits."""
    wrap_s = (1 << 32) / 1000
    for painted_s in (wrap_s - 0.01, wrap_s + 10):
        assert stamp.stamped(1, 0, painted_s).age_ms(painted_s + 0.05) == pytest.approx(50, abs=1.5)


def test_a_frame_becomes_a_png() -> None:
    """The picture for a person is a PNG of the frame's size that holds the same stamp."""
    png = synthetic.png(_through_vp8(MARKS[:2], 500_000)[-1])
    assert png.startswith(b"\x89PNG\r\n")
    decoded = av.CodecContext.create("png", "r").decode(av.Packet(png))[0]
    assert isinstance(decoded, av.VideoFrame)
    shape = (decoded.width, decoded.height, decoded.format.name)
    assert shape == (synthetic.WIDTH, synthetic.HEIGHT, "rgb24")
    assert synthetic.read_stamp(decoded) == MARKS[1]


def test_the_picture_is_as_described() -> None:
    """A picture painted by hand, dark and bright blocks in the order of the module's text, reads as its stamp."""
    fields = (0x1234).to_bytes(2, "big") + (0xFEDC).to_bytes(2, "big") + (0x89ABCDEF).to_bytes(4, "big")
    bits = "".join(f"{byte:08b}" for byte in fields + zlib.crc32(fields).to_bytes(4, "big"))
    luma = np.full((120, 160), 90, np.uint8)
    for place, bit in enumerate(bits):
        row, column = divmod(place, 16)
        luma[row * 10 : row * 10 + 10, column * 10 : column * 10 + 10] = 200 if bit == "1" else 60
    assert stamp.read(luma) == Stamp(0x1234, 0xFEDC, 0x89ABCDEF)
    painted = np.full_like(luma, 90)
    stamp.paint(Stamp(0x1234, 0xFEDC, 0x89ABCDEF), painted)
    assert stamp.read(painted) == stamp.read(luma)
    assert ((painted[:60] > 128) == (luma[:60] > 128)).all(), "every block fills its place"
    assert (painted[60:] == 90).all(), "the lower half is left alone"


@pytest.mark.parametrize(("height", "width"), [(12, 16), (24, 32), (36, 80)])
def test_the_smallest_pictures(height: int, width: int) -> None:
    """Down to one pixel a block a stamp reads."""
    luma = np.full((height, width), 90, np.uint8)
    stamp.paint(MARKS[3], luma)
    assert stamp.read(luma) == MARKS[3]


def test_a_stamp_is_cut_to_its_bits() -> None:
    """Numbers that outgrow their fields start again; the clock counts milliseconds."""
    made = stamp.stamped(3, (1 << 16) + 5, (1 << 32) / 1000 + 7.5)
    assert made == Stamp(3, 5, 7500)
    assert stamp.stamped(3, 65535, 1.2345) == Stamp(3, 65535, 1234)
    assert Stamp(1, 0, 1000).age_ms(1.25) == 250
