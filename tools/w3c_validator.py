"""The W3C feed validator over saved documents of ours: how many errors and warnings each has.

    python tools/w3c_validator.py CHECKOUT tests/serve/corpus

CHECKOUT is a copy of its repository (w3c/feedvalidator on GitHub), which stays outside this one;
lxml, html5lib and rdflib, which it needs, have to be there. A document is judged as if it came from
the address that it names as its own. Exits with 1 where anything is found.
"""

from __future__ import annotations

import importlib
import re
import sys
from html import unescape
from pathlib import Path
from typing import Any

TYPES = {".atom": "application/atom+xml", ".rss": "application/rss+xml"}


def judged(checkout: Path, file: Path) -> list[Any]:
    """The events that the validator logs, plain information left out."""
    if str(checkout / "src") not in sys.path:
        sys.path.insert(0, str(checkout / "src"))
    validator = importlib.import_module("feedvalidator")
    media = importlib.import_module("feedvalidator.mediaTypes")
    encoding = importlib.import_module("feedvalidator.xmlEncoding")
    events = importlib.import_module("feedvalidator.logging")
    body, log = file.read_bytes(), []
    named = re.search(r'rel="self"[^>]* href="([^"]+)"', body.decode())
    assert named is not None, file
    kind, charset = media.checkValid(f"{TYPES[file.suffix]}; charset=utf-8", log)
    media.contentSniffing(kind, body, log)
    coding, text = encoding.decode(kind, charset, body, log, fallback="utf-8")
    address = unescape(named[1])
    done = validator._validate(text, 0, log, address, coding, [address], mediaType=kind)
    media.checkAgainstFeedType(kind, done.feedType, done.loggedEvents)
    return [one for one in done.loggedEvents if isinstance(one, events.Error | events.Warning)]


def main() -> int:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    checkout, corpus = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    files = sorted(file for file in corpus.rglob("*") if file.suffix in TYPES)
    found = 0
    for file in files:
        events = judged(checkout, file)
        found += len(events)
        print(f"{file.relative_to(corpus)}: {len(events)}")
        for one in events:
            print(f"    {type(one).__name__} {one.params}")
    print(f"{len(files)} documents, {found} errors and warnings")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
