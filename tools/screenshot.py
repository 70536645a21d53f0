"""Screenshots of a running hub for the README and docs: light, dark, phone.

    .venv/bin/python tools/screenshot.py http://127.0.0.1:8000 docs/images

Needs playwright (in the dev extra) and Debian's chromium; ``CHROMIUM`` names another binary.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright


@dataclass(frozen=True)
class Shot:
    """One picture: what of, and how it is looked at (sizes in CSS pixels)."""

    name: str
    path: str = "/"
    scheme: Literal["light", "dark"] = "light"
    width: int = 1280
    height: int = 1000
    whole: bool = False


README = (
    Shot("front-light"),
    Shot("front-dark", scheme="dark"),
    Shot("front-phone", width=375, height=800),
)


def take(base: str, directory: Path, shots: Iterable[Shot]) -> None:
    """One PNG a shot, named after it; a phone's at twice the density."""
    directory.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        for shot in shots:
            context = browser.new_context(
                viewport={"width": shot.width, "height": shot.height},
                color_scheme=shot.scheme,
                device_scale_factor=2 if shot.width < 600 else 1,
            )
            page = context.new_page()
            page.goto(base.rstrip("/") + shot.path, wait_until="load")
            file = directory / f"{shot.name}.png"
            page.screenshot(path=file, full_page=shot.whole)
            print(file)
            context.close()
        browser.close()


def both(path: str) -> tuple[Shot, Shot]:
    """A whole page, light on a desk and dark on a phone."""
    name = path.strip("/").replace("/", "-") or "front"
    return (
        Shot(f"{name}-light-1280", path, whole=True),
        Shot(f"{name}-dark-375", path, "dark", 375, 900, whole=True),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Screenshots of a running hub.")
    parser.add_argument("base", help="where the hub is served, as http://127.0.0.1:8000")
    parser.add_argument("directory", type=Path, help="where the pictures go")
    parser.add_argument(
        "--page",
        action="append",
        default=[],
        metavar="PATH",
        help="also this page, whole, light at 1280 px and dark at 375 px (may be repeated)",
    )
    args = parser.parse_args()
    take(args.base, args.directory, [*README, *(shot for path in args.page for shot in both(path))])


if __name__ == "__main__":
    main()
