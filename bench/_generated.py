"""Feeds in a made-up Swedish, the same for the same seed: 30 items, about 37 KB each."""

from __future__ import annotations

import random
from bisect import bisect
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import accumulate
from pathlib import Path

from _origin import TYPES, Document, address

VOCABULARY = 40_000  # words; a year of one paper's headlines holds about as many


def _listed(text: str) -> list[str]:
    return [word.replace("_", " ") for word in text.split()]


_ONSETS = _listed(
    "b bl br d dr f fj fl fr g gl gr h j k kl kn kr kv l m n p pl pr r s sj sk sl"
    " sm sn sp st str sv t tj tr tv v"
)
_VOWELS = _listed("a e i o u y å ä ö")
_CODAS = _listed("d g k l ld lm ls m mp n nd ng nk nt p r rd rg rk rl rm rn rt s sk st t v")
_ENDINGS = _listed("en et ar er ing ning else are skap het a ad is")
_GLUE = _listed("""och i på att som med för en ett av till är den det har inte om från men efter vid
under mot enligt när kan ska nu även bara mellan över""")
_NAMES = _listed("""Karin_Ågren Olle_Sjöqvist Maja_Lindh Erik_Wåhlin Sara_Öberg Nils_Rask
Eva_Tornberg Ali_Demirsson Lena_Kvist Per_Hallman""")
_SECTIONS = _listed("inrikes utrikes sport kultur ekonomi lokalt väder teknik")


@dataclass(frozen=True, slots=True)
class _Words:
    """A vocabulary of compounds, drawn with Zipf's frequencies."""

    words: list[str]
    weights: list[float]

    def one(self, rng: random.Random) -> str:
        return self.words[bisect(self.weights, rng.random() * self.weights[-1])]


def _stem(rng: random.Random) -> str:
    return rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS)


def _word(rng: random.Random) -> str:
    """A stem with an ending, or a compound of two: as various as Swedish is."""
    if rng.random() < 0.5:
        return _stem(rng) + rng.choice(_VOWELS) + rng.choice(_CODAS) + rng.choice(_ENDINGS)
    return _stem(rng) + rng.choice(("", "s", "e")) + _stem(rng) + rng.choice(_ENDINGS)


def _vocabulary(seed: int) -> _Words:
    rng = random.Random(seed)
    words = [_word(rng) for _ in range(VOCABULARY)]
    return _Words(words, list(accumulate(1 / (rank + 20) for rank in range(len(words)))))


def _sentence(rng: random.Random, words: _Words, length: int) -> str:
    text = " ".join(rng.choice(_GLUE) if place % 2 else words.one(rng) for place in range(length))
    return f"{text[0].upper()}{text[1:]}."


def _title(rng: random.Random, words: _Words) -> str:
    parts = [words.one(rng) for _ in range(4)]
    return f"{parts[0].capitalize()} i {parts[1].capitalize()} {parts[2]} efter {parts[3]}"


def _items(
    rng: random.Random, words: _Words, host: str, count: int, now: datetime
) -> list[dict[str, str]]:
    at = now - timedelta(seconds=rng.randrange(60, 7200))
    items = []
    for _ in range(count):
        title = _title(rng, words)
        number = rng.randrange(10**9)
        paragraphs = [_sentence(rng, words, rng.randrange(9, 17)) for _ in range(5)]
        items.append(
            {
                "title": title,
                "link": f"https://{host}/artikel/{number}-{title.split()[0].lower()}",
                "guid": f"{host}-{number}",
                "author": rng.choice(_NAMES),
                "section": rng.choice(_SECTIONS),
                "lead": paragraphs[0],
                "body": "".join(f"<p>{text}</p>" for text in paragraphs),
                "rss": format_datetime(at),
                "atom": at.isoformat().replace("+00:00", "Z"),
                "image": f"https://{host}/bild/{number}.jpg",
            }
        )
        at -= timedelta(seconds=rng.randrange(300, 7200))
    return items


def _rss(host: str, items: list[dict[str, str]]) -> str:
    rows = "".join(
        f"<item><title>{i['title']}</title><link>{i['link']}</link>"
        f'<guid isPermaLink="false">{i["guid"]}</guid><pubDate>{i["rss"]}</pubDate>'
        f"<dc:creator>{i['author']}</dc:creator><category>{i['section']}</category>"
        f"<description>{i['lead']}</description>"
        f"<content:encoded><![CDATA[{i['body']}]]></content:encoded>"
        f'<media:content url="{i["image"]}" medium="image" width="1200" height="800"/></item>\n'
        for i in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:media="http://search.yahoo.com/mrss/"><channel>'
        f"<title>Bladet på {host}</title><link>https://{host}/</link>"
        f"<description>Nyheter</description><language>sv</language>\n{rows}</channel></rss>\n"
    )


def _atom(host: str, items: list[dict[str, str]]) -> str:
    rows = "".join(
        f'<entry><title>{i["title"]}</title><link href="{i["link"]}"/>'
        f"<id>tag:{host},2020:{i['guid']}</id><published>{i['atom']}</published>"
        f"<updated>{i['atom']}</updated><author><name>{i['author']}</name></author>"
        f'<category term="{i["section"]}"/><summary>{i["lead"]}</summary>'
        f'<content type="html"><![CDATA[{i["body"]}]]></content></entry>\n'
        for i in items
    )
    newest = items[0]["atom"] if items else "2020-01-01T00:00:00Z"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="sv">'
        f"<title>Bladet på {host}</title><id>tag:{host},2020:feed</id>"
        f'<link href="https://{host}/"/><updated>{newest}</updated>\n{rows}</feed>\n'
    )


def make_documents(
    folder: Path,
    sources: int,
    *,
    items: int = 30,
    seed: int = 1,
    first: int = 0,
    now: datetime | None = None,
) -> list[Document]:
    """Write ``sources`` feeds into ``folder``, three RSS to one Atom.

    Items are dated back from ``now`` (the wall clock's hour unless given), so that lists
    have something to rank. ``first`` is the number of the first host.
    """
    now = now or datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    words = _vocabulary(seed)
    made = []
    for number in range(first, first + sources):
        rng = random.Random(f"{seed}:{number}")
        host = f"www.blad{number}.example"
        found = _items(rng, words, host, items, now)
        kind = "atom" if number % 4 == 3 else "rss"
        file = folder / f"{number}.xml"
        text = _atom(host, found) if kind == "atom" else _rss(host, found)
        file.write_text(text, encoding="utf-8")
        made.append(Document(address(number), str(file), TYPES[kind]))
    return made
