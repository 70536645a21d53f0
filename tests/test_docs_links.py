"""Every relative link leads somewhere; pages that are written from the code say what it says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)[^)]*\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for link in _LINK.findall(text):
        if link.startswith(("http://", "https://", "#", "mailto:", "/")):
            continue
        target = page.parent / link.partition("#")[0]
        assert target.exists(), f"{page.relative_to(ROOT)}: {link}"


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools/reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


REFERENCE = _generator()


@pytest.mark.parametrize("name", sorted(REFERENCE.GENERATED))
def test_the_page_is_what_the_code_says(name):
    """Whatever is added, changed or taken away is asked for here: ``make reference``."""
    kept = (ROOT / "docs" / name).read_text("utf-8")
    assert kept == REFERENCE.GENERATED[name](), "run: make reference"
