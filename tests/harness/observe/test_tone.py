"""Tones through a real Opus encoder and decoder."""

import asyncio
import time

import numpy as np
import pytest
from aiortc.codecs.opus import OpusDecoder, OpusEncoder
from aiortc.jitterbuffer import JitterFrame

from fixtures.limits import Limits
from fixtures.observe.media import synthetic
from fixtures.observe.media.tone import SILENCE_RMS, Samples, ToneMeter, measure
from fixtures.observe.media.tone_window import ToneWindow

FIFTY = range(50)
LIMITS = Limits()


def _through_opus(hz: float) -> ToneMeter:
    """A second of a tone, coded and decoded as aiortc does it, measured window by window."""
    encoder, decoder, meter = OpusEncoder(), OpusDecoder(), ToneMeter(synthetic.RATE, LIMITS)
    for n in FIFTY:
        packets, timestamp = encoder.encode(synthetic.tone_frame(hz, n * synthetic.SAMPLES_PER_FRAME))
        for packet in packets:
            for frame in decoder.decode(JitterFrame(data=packet, timestamp=timestamp)):
                meter.add(synthetic.samples_of(frame), at=n * 0.02)  # type: ignore[arg-type]
    return meter


@pytest.mark.parametrize("hz", synthetic.PITCHES_HZ)
def test_each_pitch_is_heard_through_opus(hz: float) -> None:
    """After the codec, each sender's pitch is dominant in every window but the first, which fades in."""
    windows = _through_opus(hz).windows
    assert len(windows) >= 4
    assert [window.is_pitch(hz, LIMITS) for window in windows[1:]] == [True] * (len(windows) - 1)


def test_a_wrong_pitch_is_told_apart() -> None:
    """The pitch of one sender is not taken for that of another."""
    window = _through_opus(synthetic.pitch_of(1)).windows[-1]
    assert window.hz == pytest.approx(synthetic.pitch_of(1), abs=2)
    assert not any(window.is_pitch(synthetic.pitch_of(sender), LIMITS) for sender in (2, 3, 4))


def _second() -> Samples:
    return np.arange(synthetic.RATE) / synthetic.RATE


def test_noise_and_a_drowned_tone_are_no_pitch() -> None:
    """A window counts only when the tone holds nearly all of its energy."""
    noise = np.random.default_rng(1).normal(0, 0.2, synthetic.RATE)
    tone = 0.1 * np.sin(2 * np.pi * 440 * _second())
    for samples in (noise, tone + noise):
        assert not measure(samples, synthetic.RATE, 0.0, LIMITS.tone_tolerance_hz).is_pitch(440, LIMITS)


def test_silence_has_no_pitch_at_all() -> None:
    """Silence measures as 0 Hz, whatever faint frequency is loudest in it."""
    faint = 0.001 * np.sin(2 * np.pi * 440 * _second())
    for samples in (np.zeros(synthetic.RATE), faint):
        window = measure(samples, synthetic.RATE, 0.0, LIMITS.tone_tolerance_hz)
        assert (window.hz, window.share) == (0.0, 0.0)


def test_two_tones_are_not_one() -> None:
    """A mix of two pitches is neither of them."""
    mix = 0.2 * np.sin(2 * np.pi * 440 * _second()) + 0.2 * np.sin(2 * np.pi * 587 * _second())
    window = measure(mix, synthetic.RATE, 0.0, LIMITS.tone_tolerance_hz)
    assert not window.is_pitch(440, LIMITS)
    assert not window.is_pitch(587, LIMITS)


def test_windows_fill_whatever_the_portions() -> None:
    """Sound that comes in odd portions makes the same windows as sound that comes at once."""
    sound = 0.3 * np.sin(2 * np.pi * 440 * _second())
    whole, portions = ToneMeter(synthetic.RATE, LIMITS), ToneMeter(synthetic.RATE, LIMITS)
    whole.add(sound, at=1.0)
    for start in range(0, len(sound), 777):
        portions.add(sound[start : start + 777], at=1.0)
    assert len(whole.windows) == 5
    assert whole.windows == portions.windows


def test_tracks_keep_their_pace() -> None:
    """Video and sound are given out by the clock, no faster than they are played."""

    async def scenario() -> tuple[float, int, float | None]:
        video, tone = synthetic.StampedVideo(1), synthetic.Tone(440.0)
        began = time.monotonic()
        frames = [await video.recv() for _ in range(4)]
        seconds = time.monotonic() - began
        sounds = [await tone.recv() for _ in range(4)]
        return seconds, sum(sound.samples for sound in sounds), frames[-1].time

    seconds, samples, last = asyncio.run(scenario())
    assert seconds >= 3 / synthetic.FRAMES_PER_S
    assert samples == 4 * synthetic.SAMPLES_PER_FRAME
    assert last is not None
    assert 3 / synthetic.FRAMES_PER_S - 0.01 <= last <= seconds + 0.01


def _windows(share: float, hz: float = 440.0) -> ToneWindow:
    return ToneWindow(0.0, hz, share, 0.1)


def test_where_a_pitch_begins() -> None:
    """The tolerance and the share are both met exactly; just outside either it is none."""
    edge, share = LIMITS.tone_tolerance_hz, LIMITS.tone_share_min
    assert _windows(share).is_pitch(440 + edge, LIMITS)
    assert _windows(share).is_pitch(440 - edge, LIMITS)
    assert not _windows(share).is_pitch(440 + edge + 0.1, LIMITS)
    assert not _windows(share - 0.01).is_pitch(440, LIMITS)


def test_a_window_in_numbers() -> None:
    """Pitch between bins to a fraction of a hertz, loudness as it is, time as given, all the energy near the pitch."""
    for hz in (440.0, 441.7, 443.2):
        window = measure(0.3 * np.sin(2 * np.pi * hz * _second()[:9600]), synthetic.RATE, 7.5, 10.0)
        assert window.at == 7.5
        assert window.hz == pytest.approx(hz, abs=0.2)
        assert window.rms == pytest.approx(0.3 / np.sqrt(2), abs=0.005)
        assert window.share == pytest.approx(1.0, abs=0.01)
    narrow = measure(0.3 * np.sin(2 * np.pi * 440 * _second()[:9600]), synthetic.RATE, 0.0, 0.001)
    assert narrow.share == pytest.approx(1.0, abs=0.01), "a bin to each side belongs to the pitch at least"


def test_a_constant_is_no_pitch() -> None:
    """What does not swing has no frequency of its own: it is taken out before the loudest is looked for."""
    swinging = 0.001 + 0.1 * np.sin(2 * np.pi * 440 * _second()[:9600])
    assert measure(swinging, synthetic.RATE, 0.0, 10.0).hz == pytest.approx(440, abs=0.2)
    lifted = 0.06 + swinging
    assert measure(lifted, synthetic.RATE, 0.0, 10.0).hz == pytest.approx(440, abs=0.2)


def test_silence_begins_below_its_threshold() -> None:
    """A tone of just the threshold's loudness is heard."""
    loud, faint = (np.tile([level, -level], 4800) for level in (SILENCE_RMS, SILENCE_RMS * 0.99))
    assert measure(loud, synthetic.RATE, 0.0, 10.0).hz > 0
    silent = measure(faint, synthetic.RATE, 3.0, 10.0)
    assert (silent.at, silent.hz, silent.share) == (3.0, 0.0, 0.0)
    assert silent.rms == pytest.approx(SILENCE_RMS * 0.99)


def test_a_window_waits_until_it_is_full() -> None:
    """One sample short there is none; what is left over begins the next."""
    meter, size = ToneMeter(1000, LIMITS), 200
    meter.add(np.zeros(size - 1), at=1.0)
    assert meter.windows == []
    meter.add(np.zeros(size + 1), at=2.0)
    assert [window.at for window in meter.windows] == [2.0, 2.0]
