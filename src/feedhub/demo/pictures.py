"""The demo's pictures: a small invented landscape for every article that has one, as PNG."""

from __future__ import annotations

import zlib
from colorsys import hls_to_rgb
from functools import lru_cache
from math import sin
from random import Random
from struct import pack

WIDTH, HEIGHT = 640, 360

_SKY, _SUN, _RIDGES, _WATER = 0, 1, (2, 3, 4), 5  # places in the palette
_SHORE = 306


@lru_cache(maxsize=256)
def landscape(number: int) -> bytes:
    """A PNG of 640 by 360: sky, sun, three ridges and water, the same for the same number."""
    dice = Random(number)
    hill = dice.uniform(0.4, 0.66)  # from spruce green to dusk blue
    shades = [
        (dice.choice((0.08, 0.13, 0.55, 0.95)), 0.86, 0.6),
        (0.12, 0.95, 0.9),
        (hill - 0.03, 0.64, 0.26),
        (hill, 0.47, 0.3),
        (hill + 0.03, 0.3, 0.34),
        (hill + 0.05, 0.52, 0.3),
    ]
    palette = b"".join(
        bytes(round(255 * part) for part in hls_to_rgb(hue, light, strength))
        for hue, light, strength in shades
    )
    crests = [_crest(dice, 160 + 48 * ridge) for ridge in range(3)]
    # Painted in columns, which are runs of one colour, and turned into rows at the end.
    columns = [_column([crest[x] for crest in crests]) for x in range(WIDTH)]
    _paint_sun(columns, dice.randrange(80, 560), dice.randrange(56, 120), crests[0])
    rows = b"".join(b"\0" + bytes(row) for row in zip(*columns, strict=True))
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", palette)
        + _chunk(b"IDAT", zlib.compress(rows, 6))
        + _chunk(b"IEND", b"")
    )


def _crest(dice: Random, level: int) -> list[int]:
    """The height, from the top, of a ridge at every column: three waves of random phase."""
    waves = [(dice.uniform(10, 26) / n, dice.uniform(0, 6.3), 0.011 * n) for n in (1, 2, 5)]
    return [
        level + round(sum(high * sin(phase + x * pace) for high, phase, pace in waves))
        for x in range(WIDTH)
    ]


def _column(crests: list[int]) -> bytearray:
    column = bytearray([_SKY]) * HEIGHT
    for colour, top in zip(_RIDGES, crests, strict=True):
        column[top:] = bytes([colour]) * (HEIGHT - top)
    column[_SHORE:] = bytes([_WATER]) * (HEIGHT - _SHORE)
    return column


def _paint_sun(columns: list[bytearray], x: int, y: int, horizon: list[int]) -> None:
    radius = 34
    for across in range(-radius, radius + 1):
        half = round((radius**2 - across**2) ** 0.5)
        top, bottom = y - half, min(y + half, horizon[x + across])
        columns[x + across][top:bottom] = bytes([_SUN]) * max(bottom - top, 0)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))
