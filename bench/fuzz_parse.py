"""Does any mutated document crash, stall or bloat the parser, or part its two readers?

    .venv/bin/python bench/fuzz_parse.py [--count 200000] [--seed 1] [--data DIR] [--json]

Seeds are feeds of our own; with ``--data`` also the small ones of the parsing corpora.
Every document must end in a feed or a declared error within the time and memory that are
allowed, and wherever the fast path reads one, it must read what feedparser reads. A
document that breaks this is written to ``--out`` under the hash of its bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from feedhub.errors import ParseError
from feedhub.model import Document
from feedhub.parse import charset, fast, parse_document, repair, slow

URL = "https://fuzz.example/rss"
SECONDS = 5.0  # CPU time that one document may take
GROWTH = 400 << 20  # bytes that memory may have grown by in the end
LARGEST = 20_000  # bytes of a seed: more is slower and finds no more

SEEDS = (
    b"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:atom="http://www.w3.org/2005/Atom"
xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
 xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>Bladet &amp; jag</title>
<link>https://blad.example/</link><atom:link rel="self" href="https://blad.example/rss"/>
<language>sv</language><ttl>15</ttl><skipHours><hour>3</hour></skipHours>
<image><url>/logga.png</url><title>x</title><link>/</link></image>
<item><title>Bron &lt;i&gt;\xc3\xb6ppnar&lt;/i&gt;</title><link>/bron?a=1&amp;b=2</link>
<guid isPermaLink="false">1</guid><pubDate>Fri, 03 May 2024 14:00:00 +0200</pubDate>
<dc:creator>Eva Ek</dc:creator><category domain="x">Inrikes</category>
<slash:comments>4</slash:comments>
<description>Text &amp;amp; mer</description><content:encoded>
<![CDATA[<p>Hej <img src="a.jpg" width="1">
<a href="javascript:x">x</a></p>]]></content:encoded>
<enclosure url="/a.mp3" length="1" type="audio/mpeg"/>
<media:group><media:content url="/b.jpg" width="10"><media:title>m</media:title>
<media:description>d</media:description><media:credit>F</media:credit></media:content>
</media:group>
<media:thumbnail url="/t.jpg"/><source url="/s">K</source><comments>/k</comments></item>
<item><title>Tv\xc3\xa5</title><description>a</description><description>b</description>
<itunes:summary>c</itunes:summary><itunes:author>N N</itunes:author><itunes:image href="/i.jpg"/>
<media:title>annan</media:title><pubDate>l\xc3\xb6r, 4 maj 2024 kl. 10.00</pubDate></item>
</channel></rss>""",
    b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="sv" xml:base="https://blad.example/a/"
 xmlns:thr="http://purl.org/syndication/thread/1.0"><title type="html">B &amp;amp; C</title>
<link href="/"/><link rel="hub" href="https://h.example/"/><id>tag:x</id>
<updated>2024-05-03</updated>
<entry><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <b>b</b></div></title>
<link href="a?x=1&amp;y=2"/><link rel="replies" thr:count="3" href="k"/><id>1</id>
<author><name>E</name><email>e@e.example</email></author><author><name>F</name></author>
<published>2024-05-03T12:00:00Z</published><updated>2024-05-04T12:00:00+02:00</updated>
<category term="t" label="l"/><summary>kort</summary><content type="xhtml" xml:base="b/">
<div xmlns="http://www.w3.org/1999/xhtml"><p class="x">Hej<br/><img src="c.jpg" alt="&quot;"/>
</p></div>
</content><source><title>K</title><id>s</id><link href="/k"/></source></entry>
<entry><title>B</title><content type="text">x &lt; y</content></entry></feed>""",
    b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>T</title><link>/</link>
<items><rdf:Seq><rdf:li rdf:resource="1"/></rdf:Seq></items></channel><image rdf:about="i">
<url>u</url>
</image><item rdf:about="1"><title>A</title><link>/a</link><description>d</description>
<dc:date>2024-05-03T14:00+02:00</dc:date><dc:subject>s</dc:subject></item></rdf:RDF>""",
    b"""{"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [{"id": 1,
 "url": "/a",
"title": "A", "content_html": "<p>x</p>", "date_published": "2024-05-03T12:00:00Z", "tags": ["t"],
"_counts": {"shares": 782}, "authors": [{"name": "E"}], "attachments": [{"url": "/m",
 "size_in_bytes": 1}]},
{"id": "2", "content_text": "hej"}]}""",
    '<?xml version="1.0" encoding="iso-8859-1"?><rss version="0.91"><channel><title>Å</title>'
    "<item><title>Ä &eacute; & ö</title><link>http://x.example/?a&b</link></item></channel>"
    "</rss>".encode("latin-1"),
)
SPICE = (
    b"<", b">", b"&", b"&amp;", b"&#0;", b"&#x1F;", b"&#146;", b"&aring;", b"]]>", b"<![CDATA[",
    b"<!--", b"-->", b"<?x?>", b"<!DOCTYPE rss [<!ENTITY a 'b'>]>", b"\x00", b"\x0b", b"\xff",
    b"\xc3", b"\x92", b"\xef\xbb\xbf", b"\xc2\x92", b"\xc3\x83\xc2\xa5", b"\xe2\x80\xae",
    b" xml:base='/q/'", b" xml:lang='sv'", b" type='html'", b" type='xhtml'",
    b" type='text/plain'", b" mode='base64'", b"javascript:", b"http://", b"<item>", b"</item>",
    b"<entry>", b"<title>", b"</title>", b"<title/>", b"<description>x</description>",
    b"<content>y</content>", b"<media:title>z</media:title>", b"<guid>g</guid>", b"<link/>",
    b"<link href=''/>", b"<author>a@b.example (C D)</author>", b"<dc:creator>X</dc:creator>",
    b"<category/>", b"<image>", b"<source>s</source>", b"<div>", b"</div>", b"<b>", b"2024-13-45",
    b"1970", b"99999999999999999999", b"\n", b" ", b'"', b"'", b"=", b"/", b":", b"%", b"a" * 300,
    b"<a>" * 50, b"{", b"}", b"[", b"null", b"1e999",
)  # fmt: skip


def mutate(seed: bytes, rng: random.Random) -> bytes:
    """A document with one to eight changes: bytes, spices, cuts, copies, swaps."""
    data = bytearray(seed)
    for _ in range(rng.randint(1, rng.choice((2, 4, 8)))):
        at = rng.randrange(len(data) + 1)
        kind = rng.random()
        if kind < 0.35:
            data[at:at] = rng.choice(SPICE)
        elif kind < 0.5:
            end = min(len(data), at + rng.randint(1, rng.choice((2, 20, 200))))
            del data[at:end]
        elif kind < 0.65 and data:
            data[min(at, len(data) - 1)] = rng.randrange(256)
        elif kind < 0.8:
            end = min(len(data), at + rng.randint(1, 300))
            to = rng.randrange(len(data) + 1)
            data[to:to] = data[at:end]
        elif kind < 0.85:
            del data[at:]
        else:
            _swap_tags(data, rng)
    return bytes(data)


def _swap_tags(data: bytearray, rng: random.Random) -> None:
    """Put one tag in the place of another: nestings that no writer meant."""
    tags = []
    start = data.find(b"<")
    while start >= 0 and len(tags) < 400:
        end = data.find(b">", start)
        if end < 0:
            break
        tags.append((start, end + 1))
        start = data.find(b"<", end)
    if len(tags) < 2:
        return
    (a, b), (c, d) = sorted(rng.sample(tags, 2))
    if b <= c:
        one, other = bytes(data[a:b]), bytes(data[c:d])
        data[c:d] = one
        data[a:b] = other


def seeds(data: Path | None) -> list[bytes]:
    found = list(SEEDS)
    if data is None:
        return found
    for name in ("feeds/conformance.tar.xz", "feeds/expected.tar.xz", "feeds/real.tar.xz"):
        archive = data / name
        if not archive.is_file():
            print(f"{name} is not there, left out", file=sys.stderr)
            continue
        with tarfile.open(archive) as tar:
            for member in tar:
                stream = tar.extractfile(member) if 0 < member.size <= LARGEST else None
                if stream is not None and not member.name.endswith(".json"):
                    found.append(stream.read())
    return found


def check(body: bytes) -> str:
    """How a document ended: ``fast``, ``feedparser``, ``json`` or the name of the refusal.

    Raises whatever must not happen.
    """
    start = time.process_time()
    try:
        ended = parse_document(Document(body, URL)).reader
    except ParseError as error:
        ended = type(error).__name__
    took = time.process_time() - start
    if took > SECONDS:
        raise AssertionError(f"took {took:.1f} s")
    text = repair.tidy(charset.decode(body).text).text
    if text.startswith("<"):
        ours = fast.read(text, URL)
        if ours is not None:
            theirs = slow.read(repair.legal(text).text, URL)
            if ours != theirs:
                raise AssertionError("the fast path and feedparser differ")
    return ended


def documents(count: int, seed: int, data: Path | None) -> Iterator[bytes]:
    rng = random.Random(seed)
    sources = seeds(data)
    for _ in range(count):
        # Half of all from our own seeds, which hold every element that is read.
        source = rng.choice(SEEDS) if rng.random() < 0.5 else rng.choice(sources)
        yield mutate(source, rng)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    options.add_argument("--count", type=int, default=200_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--data", type=Path, default=os.environ.get("FEEDHUB_DATA"))
    options.add_argument("--out", type=Path, default=Path("fuzz-found"))
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    data = Path(chosen.data) if chosen.data else None
    ends: Counter[str] = Counter()
    faults: list[str] = []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest = 0.0
    started = time.perf_counter()
    for number, body in enumerate(documents(chosen.count, chosen.seed, data)):
        start = time.process_time()
        try:
            ends[check(body)] += 1
        except Exception as error:  # the finding itself
            chosen.out.mkdir(parents=True, exist_ok=True)
            name = hashlib.sha256(body).hexdigest()[:12]
            (chosen.out / name).write_bytes(body)
            faults.append(f"{name}: {type(error).__name__}: {error}")
            print(f"document {number} -> {chosen.out / name}: {faults[-1]}", file=sys.stderr)
        slowest = max(slowest, time.process_time() - start)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    if grown > GROWTH:
        faults.append(f"memory grew by {grown >> 20} MiB")
    report: dict[str, Any] = {
        "documents": chosen.count,
        "faults": len(faults),
        "ends": dict(ends),
        "slowest_s": round(slowest, 3),
        "grown_mib": grown >> 20,
        "wall_s": round(time.perf_counter() - started, 1),
    }
    if chosen.json:
        print(json.dumps(report))
    else:
        for key, value in report.items():
            print(f"{key:<12} {value}")
        for fault in faults[:20]:
            print(f"  {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
