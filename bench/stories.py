"""How well stories are found: every labelled set, two baselines, hard negatives, speed.

    python bench/stories.py --data DIR [--json] [--only NAME ...]

One default configuration serves all sets. Items are fed one by one in time order; a set
without times in five seeded shuffles, a second apart, of which the mean is given. Speeds are
in process time. The baselines run in this process on the same stems of the same text: TF-IDF
with average linkage cut at distance 0.7 (batch), and a one-pass TF-IDF leader at 0.3.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import multiprocessing
import random
import resource
import sys
import time
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations, count
from math import log, sqrt
from pathlib import Path
from typing import NamedTuple

from feedhub.dedupe.stories import StoryEngine
from feedhub.dedupe.stories.language import stems
from feedhub.dedupe.stories.text import words
from feedhub.memory import look_seldom
from feedhub.model import StoryItem

START = datetime(2024, 1, 1, tzinfo=UTC)
SEEDS = range(5)
WINDOW = timedelta(hours=72)
LANGUAGES = {
    "eng": "en",
    "por": "pt",
    "spa": "es",
    "fra": "fr",
    "rus": "ru",
    "deu": "de",
    "slv": "sl",
    "ara": "ar",
}


class Row(NamedTuple):
    """An item of a labelled set; ``at`` is none where the set has no times."""

    title: str
    summary: str
    publisher: str
    language: str
    at: datetime | None
    label: str


def read(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def when(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


# --- labelled sets ----------------------------------------------------------------------


def allsides(data: Path) -> dict[str, list[Row]]:
    rows = read(data / "allsides" / "allsides.csv.gz")
    found = [Row(r["title"], r["lede"], r["source"], "en", None, r["story"]) for r in rows]
    return {"allsides": found}


def og2021(data: Path) -> dict[str, list[Row]]:
    sets: dict[str, list[Row]] = {f"og2021_{tag}": [] for tag in LANGUAGES}
    for r in read(data / "og2021" / "og2021.csv.gz"):
        if r["lang"] in LANGUAGES:
            language = LANGUAGES[r["lang"]]
            row = Row(r["title"], "", "", language, when(r["published_utc"]), r["cluster"])
            sets[f"og2021_{r['lang']}"].append(row)
    return {name: rows for name, rows in sets.items() if rows}


def uci_news(data: Path) -> dict[str, list[Row]]:
    rows = []
    for r in read(data / "uci_news" / "uci_news.csv.gz"):
        at = datetime.fromtimestamp(int(r["timestamp_ms"]) / 1000, UTC)
        rows.append(Row(r["title"], "", r["publisher"], "en", at, r["story"]))
    return {"uci_news": rows}


def basil(data: Path) -> dict[str, list[Row]]:
    rows = read(data / "basil" / "basil.csv.gz")
    return {
        "basil": [
            Row(r["title"], r["lede"], r["source"], "en", when(r["date"]), r["story"]) for r in rows
        ]
    }


def google_clusters(data: Path) -> dict[str, list[Row]]:
    rows = read(data / "google_news_clusters_se" / "clusters.csv.gz")
    found = [Row(r["title"], "", r["source"], "sv", None, r["cluster"]) for r in rows]
    return {"google_news_clusters_se": found}


SETS: dict[str, Callable[[Path], dict[str, list[Row]]]] = {
    "allsides": allsides,
    "og2021": og2021,
    "uci_news": uci_news,
    "basil": basil,
    "google_news_clusters_se": google_clusters,
}


def streams(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The set in time order; without times, five seeded shuffles a second apart."""
    if all(row.at is not None for row in rows):
        yield sorted(rows, key=lambda row: row.at or START)
        return
    for seed in SEEDS:
        mixed = list(rows)
        random.Random(seed).shuffle(mixed)
        yield [row._replace(at=START + timedelta(seconds=n)) for n, row in enumerate(mixed)]


def as_items(rows: Iterable[Row]) -> list[StoryItem]:
    return [
        StoryItem(n, row.title, row.summary, row.publisher, row.language, row.at or START)
        for n, row in enumerate(rows, 1)
    ]


# --- feeding and scoring ----------------------------------------------------------------


class Fed(NamedTuple):
    stories: dict[int, int]  # item id -> story id at the end
    seconds: float


def feed(items: Sequence[StoryItem], engine: StoryEngine, batch: int = 1) -> Fed:
    """Place items in order; what the engine says of stories is kept as a store would."""
    ids = count(1)
    story: dict[int, int] = {}
    redirect: dict[int, int] = {}
    began = time.process_time()
    for start in range(0, len(items), batch):
        changes = engine.place(items[start : start + batch], lambda: next(ids))
        redirect.update(changes.merges)
        for placement in changes.placements:
            story[placement.item_id] = placement.story_id
    seconds = time.process_time() - began
    for id_, found in story.items():
        while found in redirect:
            found = redirect[found]
        story[id_] = found
    return Fed(story, seconds)


def b_cubed(found: Sequence[int], labels: Sequence[str]) -> tuple[float, float, float, float]:
    """B-cubed precision, recall and F1 (Bagga and Baldwin 1998), and pairwise F1."""
    clusters, classes = Counter(found), Counter(labels)
    cells = Counter(zip(found, labels, strict=True))
    items = len(labels)
    precision = sum(n * n / clusters[c] for (c, _), n in cells.items()) / items
    recall = sum(n * n / classes[k] for (_, k), n in cells.items()) / items
    both = sum(pairs_of(n) for n in cells.values())
    said = sum(map(pairs_of, clusters.values())) + sum(map(pairs_of, classes.values()))
    pairwise = 2 * both / said if said else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall), pairwise


def pairs_of(n: int) -> float:
    return n * (n - 1) / 2


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


# --- baselines --------------------------------------------------------------------------


def tfidf(rows: Sequence[Row]) -> list[dict[str, float]]:
    """Unit vectors of stems: count times smoothed idf over the whole set."""
    counts = [Counter(stems(words(f"{r.title} {r.summary}"), r.language)) for r in rows]
    seen = Counter(stem for found in counts for stem in found)
    vectors = []
    for found in counts:
        vector = {s: n * (log((1 + len(rows)) / (1 + seen[s])) + 1) for s, n in found.items()}
        length = sqrt(sum(weight * weight for weight in vector.values())) or 1.0
        vectors.append({stem: weight / length for stem, weight in vector.items()})
    return vectors


def leader(rows: Sequence[Row], least: float = 0.3) -> list[int]:
    """One pass: join the nearest leader at ``least`` or more, else lead a new cluster."""
    leaders: dict[str, list[tuple[int, float]]] = defaultdict(list)
    found: list[int] = []
    for n, vector in enumerate(tfidf(rows)):
        likeness: dict[int, float] = defaultdict(float)
        for stem, weight in vector.items():
            for other, theirs in leaders.get(stem, ()):
                likeness[other] += weight * theirs
        best = max(likeness, key=lambda other: (likeness[other], -other), default=-1)
        if best >= 0 and likeness[best] >= least:
            found.append(best)
            continue
        found.append(n)
        for stem, weight in vector.items():
            leaders[stem].append((n, weight))
    return found


def average_linkage(rows: Sequence[Row], least: float = 0.3) -> list[int]:
    """Batch clustering cut at distance 0.7, by chains of nearest neighbours.

    Average linkage is reducible: a cluster whose nearest is farther than the cut is final.
    """
    size = len(rows)
    matrix = [array("f", bytes(4 * size)) for _ in range(size)]
    postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for n, vector in enumerate(tfidf(rows)):
        row = matrix[n]
        for stem, weight in vector.items():
            for other, theirs in postings[stem]:
                row[other] += weight * theirs
            postings[stem].append((n, weight))
        for other in range(n):
            matrix[other][n] = row[other]
        row[n] = -1.0
    weight_of = [1] * size
    label = list(range(size))
    open_ = set(range(size))
    parent = list(range(size))
    chain: list[int] = []

    def close(n: int) -> None:
        open_.discard(n)
        for other in open_:
            matrix[other][n] = -1.0

    while open_:
        if not chain:
            chain.append(min(open_))
        top = chain[-1]
        best = max(matrix[top])
        if best < least:
            chain.pop()
            close(top)
            continue
        if len(chain) > 1 and matrix[top][chain[-2]] >= best:
            other = chain[-2]
            del chain[-2:]
            a, b = weight_of[top], weight_of[other]
            total = a + b
            mine = matrix[top]
            mixed = [(a * x + b * y) / total for x, y in zip(mine, matrix[other], strict=True)]
            close(other)
            parent[other] = top
            weight_of[top] = total
            row = array("f", [-1.0]) * size
            for k in open_:
                if k != top:
                    row[k] = mixed[k]
                    matrix[k][top] = mixed[k]
            matrix[top] = row
        else:
            chain.append(matrix[top].index(best))
    for n in range(size):
        root = n
        while parent[root] != root:
            root = parent[root]
        label[n] = root
    return label


def labelled(rows: Sequence[Row]) -> tuple[dict[str, float], list[Fed]]:
    """A set's figures, and what was fed."""
    fed: list[Fed] = []
    scores: list[tuple[float, float, float, float]] = []
    leads: list[float] = []
    for stream in streams(rows):
        items = as_items(stream)
        result = feed(items, StoryEngine())
        labels = [row.label for row in stream]
        scores.append(b_cubed([result.stories[item.id] for item in items], labels))
        leads.append(b_cubed(leader(stream), labels)[2])
        fed.append(result)
    batch = b_cubed(average_linkage(rows), [row.label for row in rows])
    columns = [mean(column) for column in zip(*scores, strict=True)]
    figures = dict(zip(("b3_p", "b3_r", "b3_f1", "pairwise_f1"), columns, strict=True))
    figures["items_per_s"] = len(rows) * len(fed) / sum(result.seconds for result in fed)
    figures["baseline_batch"] = batch[2]
    figures["baseline_leader"] = mean(leads)
    return figures, fed


# --- pairs and near copies --------------------------------------------------------------


def judged_pairs(data: Path) -> dict[str, float]:
    """Accuracy on judged pairs, all fed together so that there is something to confuse."""
    rows = read(data / "tgcontest_pairs" / "pairs.csv.gz")
    texts: dict[tuple[str, str, str], None] = {}
    for r in rows:
        for side in ("first", "second"):
            texts[r["lang"], r[f"{side}_title"], r[f"{side}_text"]] = None
    base = [Row(title, text, "", lang, None, title) for lang, title, text in texts]
    right: list[float] = []
    leads: list[float] = []
    for stream in streams(base):
        items = as_items(stream)
        stories = feed(items, StoryEngine()).stories
        engine = {(r.title, r.summary): stories[i.id] for r, i in zip(stream, items, strict=True)}
        led = leader(stream)
        leading = {(r.title, r.summary): n for r, n in zip(stream, led, strict=True)}
        for groups, scores in ((engine, right), (leading, leads)):
            hits = 0
            for r in rows:
                one = groups[r["first_title"], r["first_text"]]
                two = groups[r["second_title"], r["second_text"]]
                hits += (one == two) == (r["label"] == "OK")
            scores.append(hits / len(rows))
    return {"pairs": mean(right), "pairs_baseline_leader": mean(leads)}


def near_copies(rows: Sequence[Row], fed: Fed) -> tuple[int, int]:
    """Groups of one title within one cluster: how many are in one story, and how many."""
    ordered = next(streams(rows))
    groups: dict[str, list[int]] = defaultdict(list)
    labels: dict[str, set[str]] = defaultdict(set)
    for n, row in enumerate(ordered, 1):
        groups[row.title].append(n)
        labels[row.title].add(row.label)
    chosen = [ids for t, ids in groups.items() if len(ids) > 1 and len(labels[t]) == 1]
    return sum(len({fed.stories[n] for n in ids}) == 1 for ids in chosen), len(chosen)


# --- hard negatives ---------------------------------------------------------------------


def hard_negatives(data: Path) -> dict[str, float]:
    """Share of pairs wrongly joined: police notices, and items of one front page."""
    folder = data / "google_news_top"
    rows = sorted(read(folder / "items.csv.gz"), key=lambda r: when(r["first_seen"]))
    language = {"se": "sv", "us": "en"}
    items = [
        StoryItem(
            int(r["item_id"]), r["title"], "", r["source"], language[r["market"]],
            when(r["first_seen"]),
        )
        for r in rows
    ]  # fmt: skip
    fed = feed(items, StoryEngine(), batch=20)
    notices = [
        (when(r["first_seen"]), notice_key(r["title"]), fed.stories[int(r["item_id"])])
        for r in rows
        if r["source"].casefold() == "polisen.se" and notice_key(r["title"]) is not None
    ]
    asked = joined = 0
    for (at, key, story), (at2, key2, story2) in combinations(notices, 2):
        if abs(at - at2) <= WINDOW and key != key2:
            asked += 1
            joined += story == story2
    pages: dict[tuple[str, str], list[int]] = defaultdict(list)
    for r in read(folder / "snapshots.csv.gz"):
        pages[r["market"], r["snapshot_ts"]].append(int(r["item_id"]))
    pairs = {
        (min(a, b), max(a, b))
        for page in pages.values()
        for a, b in combinations(page, 2)
        if a != b
    }
    together = sum(fed.stories[a] == fed.stories[b] for a, b in pairs)
    return {"polisen": joined / max(asked, 1), "snapshot": together / max(len(pairs), 1)}


def notice_key(title: str) -> tuple[str, str] | None:
    """The day and place of a notice such as "3 maj 07.10, Rån, Lund"; none for others."""
    parts = title.split(", ")
    opening = parts[0].split()
    if len(parts) < 3 or len(opening) < 2 or not opening[0].isdigit():
        return None
    return " ".join(opening[:2]), parts[-1]


# --- speed and size ---------------------------------------------------------------------


def swedish(data: Path) -> list[Row]:
    """Real Swedish headlines, no text twice, in a seeded shuffle."""
    found: dict[str, Row] = {}
    for r in read(data / "se_frontpages" / "items.csv.gz"):
        found[r["title"]] = Row(r["title"], r["description"], r["outlet"], "sv", None, "")
    for r in read(data / "google_news_top" / "items.csv.gz"):
        if r["market"] == "se":
            found.setdefault(r["title"], Row(r["title"], "", r["source"], "sv", None, ""))
    for r in read(data / "se_frontpages" / "title_versions.csv.gz"):
        found.setdefault(r["title"], Row(r["title"], "", "", "sv", None, ""))
    rows = list(found.values())
    random.Random(0).shuffle(rows)
    return rows


def scale(data: Path, window: int, measured: int = 3000) -> dict[str, float]:
    """Cost of one item into a window of so many; run in a process of its own for its size.

    That process looks for garbage as seldom as a hub's story process does.
    """
    look_seldom()
    step = WINDOW / window
    pool = swedish(data)
    new, old = pool[:measured], pool[measured:]
    # Where there are too few headlines for the window, some are in it twice.
    rows = [*(old * (window // len(old) + 1))[:window], *new]
    items = as_items(r._replace(at=START + n * step) for n, r in enumerate(rows))
    engine = StoryEngine()
    fill = feed(items[:window], engine, batch=20)
    ids = count(window * 2)
    began = time.process_time()
    for start in range(window, len(items), 20):
        engine.place(items[start : start + 20], lambda: next(ids))
    seconds = time.process_time() - began
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    stored = [
        StoryItem(i.id, i.title, i.summary, i.publisher, i.language, i.at, fill.stories[i.id])
        for i in items[:window]
    ]
    began = time.process_time()
    StoryEngine().load(stored)
    return {
        "items_per_s": (len(items) - window) / seconds,
        "mib": mib,
        "restart_s": time.process_time() - began,
    }


def scales(data: Path) -> dict[str, float]:
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        small = pool.apply(scale, (data, 5_000))
        large = pool.apply(scale, (data, 50_000))
    return {
        "items_per_s_50k": large["items_per_s"],
        "cost_ratio_50k_to_5k": small["items_per_s"] / large["items_per_s"],
        "mib_50k": large["mib"],
        "restart_s_50k": large["restart_s"],
        "items_per_s_5k": small["items_per_s"],
    }


# --- the whole --------------------------------------------------------------------------

Figures = dict[str, object]


def part_labelled(data: Path) -> Figures:
    found: Figures = {}
    hits = groups = 0
    for name, load in SETS.items():
        if not (data / name).is_dir():
            missing(name)
            continue
        for key, rows in load(data).items():
            figures, fed = labelled(rows)
            found[key] = figures
            say(key, figures)
            if name == "og2021":
                good, all_ = near_copies(rows, fed[0])
                hits, groups = hits + good, groups + all_
    if groups:
        found["near_copies"] = hits / groups
        say("near_copies", {"share": hits / groups, "groups": float(groups)})
    return found


def part_pairs(data: Path) -> Figures:
    if not (data / "tgcontest_pairs").is_dir():
        return missing("tgcontest_pairs")
    figures = judged_pairs(data)
    say("pairs", figures)
    return dict(figures)


def part_negatives(data: Path) -> Figures:
    if not (data / "google_news_top").is_dir():
        return missing("google_news_top")
    figures = hard_negatives(data)
    say("hard_negatives", figures)
    return {"hard_negatives": figures}


def part_scale(data: Path) -> Figures:
    for name in ("google_news_top", "se_frontpages"):
        if not (data / name).is_dir():
            return missing(name)
    figures = scales(data)
    say("scale", figures)
    return {"scale": figures}


def part_republication(data: Path) -> Figures:
    # parser and store are imported here alone: the part that measures memory knows neither
    from _republication import figures

    return figures(data)


# A part takes the data's folder and gives its keys of the result; add others here.
PARTS: dict[str, Callable[[Path], Figures]] = {
    "labelled": part_labelled,
    "pairs": part_pairs,
    "hard_negatives": part_negatives,
    "scale": part_scale,
    "republication": part_republication,
}


def missing(name: str) -> Figures:
    print(f"{name}: not in the data folder, left out", file=sys.stderr)
    return {}


def say(name: str, figures: dict[str, float]) -> None:
    line = "  ".join(f"{key} {value:.4g}" for key, value in figures.items())
    print(f"{name:24s} {line}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of the data sets")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="run these parts alone")
    args = parser.parse_args()
    if not args.data.is_dir():
        parser.error(f"{args.data}: no such folder")
    found: Figures = {}
    for name, part in PARTS.items():
        if not args.only or name in args.only:
            found.update(part(args.data))
    if args.json:
        print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
