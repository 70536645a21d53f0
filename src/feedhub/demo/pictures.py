"""The demo's pictures: a small invented landscape for every article that has one, as SVG."""

from __future__ import annotations

from random import Random


def landscape(number: int) -> bytes:
    """An SVG of 640 by 360: sky, sun, three ridges and water, the same for the same number."""
    dice = Random(number)
    hue = dice.randrange(360)
    sun_x, sun_y = dice.randrange(80, 560), dice.randrange(50, 130)
    ridges = []
    for layer in range(3):
        level = 150 + layer * 45
        steps = [f"L{x} {level + dice.randrange(-34, 34)}" for x in range(0, 641, 80 + 16 * layer)]
        ridges.append(
            f'<path d="M0 360 {" ".join(steps)} L640 {level} V360Z" '
            f'fill="hsl({(hue + 24 * layer) % 360} 32% {52 - 13 * layer}%)"/>'
        )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" width="640" height="360">'
        f'<rect width="640" height="360" fill="hsl({(hue + 180) % 360} 48% 84%)"/>'
        f'<circle cx="{sun_x}" cy="{sun_y}" r="34" fill="hsl({(hue + 40) % 360} 84% 92%)"/>'
        f"{''.join(ridges)}"
        f'<rect y="300" width="640" height="60" fill="hsl({(hue + 200) % 360} 40% 40%)"/>'
        "</svg>\n"
    ).encode()
