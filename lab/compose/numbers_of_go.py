"""Numbers as Go reads and writes them: Docker's client is written in it, and its forms are what a stack file may hold."""

import math
import re
import struct
from fractions import Fraction

from lab.named_files.caps import LONGEST_AMOUNT

_RATIONAL = re.compile(
    r"(?P<whole>[-+]?[0-9]+)/(?P<by>[0-9]+)|[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?"
)


def integer(text: str) -> int:
    """strconv.Atoi: decimal digits with a sign, 64 bits. Raises ValueError."""
    if not re.fullmatch(r"[-+]?[0-9]{1,64}", text) or not -(2**63) <= int(text) < 2**63:
        raise ValueError(f"{text!r}: wanted a whole number")
    return int(text)


def fraction(text: str) -> float:
    """strconv.ParseFloat, but for infinity, which no file can hold. Raises ValueError."""
    is_decimal = re.fullmatch(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", text)
    if is_decimal is None or len(text) > LONGEST_AMOUNT or not math.isfinite(float(text)):
        raise ValueError(f"{text!r}: wanted a number")
    return float(text)


def rational(text: str) -> Fraction:
    """big.Rat.SetString: `0.5`, `5e-1` or `1/2`. Raises ValueError."""
    found = _RATIONAL.fullmatch(text) if len(text) <= LONGEST_AMOUNT else None
    if found is None or (found["by"] is not None and int(found["by"]) == 0):
        raise ValueError(f"{text!r} is no number: write 0.50")
    return Fraction(int(found["whole"]), int(found["by"])) if found["by"] is not None else Fraction(text)


def text_of(value: object) -> str:
    """fmt.Sprint of a scalar: `1.50` is 1.5, ten million as a fraction is 1e+07, true is true."""
    if isinstance(value, bool):
        return str(value).lower()
    return _float_text(value) if isinstance(value, float) else str(value)


def _float_text(value: float) -> str:
    """strconv.FormatFloat with 'g' and as few digits as are needed: an exponent below -4 or above 5."""
    digits, _, written = f"{value!r}".lower().partition("e")
    sign = "-" if digits.startswith("-") else ""
    whole, _, part = digits.lstrip("-").partition(".")
    every = (whole + part).lstrip("0").rstrip("0")
    if not every:
        return f"{sign}0"
    leading_zeros = len(whole + part) - len((whole + part).lstrip("0"))
    exponent = len(whole) - leading_zeros - 1 + int(written or 0)
    if exponent < -4 or exponent > 5:
        mantissa = every[0] + (f".{every[1:]}" if len(every) > 1 else "")
        return f"{sign}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{every}"
    before, after = every[: exponent + 1].ljust(exponent + 1, "0"), every[exponent + 1 :]
    return f"{sign}{before}{f'.{after}' if after else ''}"


def single(value: float) -> float:
    """The number in 32 bits, written with as few digits as tell it from its neighbours."""
    packed = struct.pack("f", value)
    for precision in range(1, 10):
        short = float(f"{value:.{precision}g}")
        if struct.pack("f", short) == packed:
            return short
    return value
