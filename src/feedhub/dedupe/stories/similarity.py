"""How alike two items are, and how well an item fits each story near it."""

from __future__ import annotations

from math import log2, sqrt

from feedhub.dedupe.stories.tuning import Tuning
from feedhub.dedupe.stories.window import Doc, Window, Words
from feedhub.values import dataclass

Fit = tuple[float, int]  # how well an item fits a story, and the story


@dataclass(slots=True)
class Near:
    """What an item found around it: its nearest items, its fits, what it must keep out of."""

    items: list[tuple[float, Doc]]  # (similarity, item), nearest first
    fits: list[Fit]  # best first
    barred: frozenset[int]  # stories that hold another notice of the same mould
    unproven: frozenset[int]  # stories that share no more with it than chance brings about
    ask: float  # the least fit that joins
    twin: Doc | None  # a copy, if there is one
    scorer: Scorer

    def proves(self, other: Doc) -> bool:
        """Whether the item shares more with this one than chance brings about."""
        return self.scorer.proven(other, other is self.twin)


class Scorer:
    """One item of the window against the others, by the window as it is now.

    Weights are squared rarities (idf) by kind and count; the likeness of two items is the
    cosine of them, halved for every half-life between their times.
    """

    def __init__(self, doc: Doc, window: Window, tuning: Tuning) -> None:
        self.doc = doc
        self._window = window
        self._tuning = tuning
        self._top = top = window.top(doc.language)
        self._own = own = window.view(doc)
        logs, values, norms = window.index.logs, window.values, window.norms
        weight: dict[int, float] = {}
        self._weight = weight
        square = 0.0
        for key, code in zip(own.keys, own.codes, strict=True):
            idf = top - logs[key]
            both = idf * idf
            weight[key] = both * values[code]
            square += both * norms[code]
        self._length = sqrt(square)
        self._numbers = frozenset(doc.numbers)
        self._dates = frozenset(doc.dates)
        # What was asked already, by the other's id: the window stands still while one is asked.
        self._known: dict[int, float] = {}

    def agreement(self, other: Doc) -> float:
        """What their numbers leave of a likeness: 1 unless both tell some, and none the same.

        Only full reports are asked: a headline has room for one figure of many.
        """
        if not self._numbers or not other.numbers or not self._numbers.isdisjoint(other.numbers):
            return 1.0
        return 1.0 - self._tuning.numbers * min(self.doc.lede, other.lede)

    def concord(self, other: Doc) -> float:
        """What their dates leave of a likeness: 1 unless both name days, and none the same.

        A bulletin of another day comes in the same words: forecasts, counts, programmes.
        """
        if not self._dates or not other.dates or not self._dates.isdisjoint(other.dates):
            return 1.0
        return 1.0 - self._tuning.dates

    def cosines(self, others: list[Doc]) -> list[float]:
        """The likeness of words, numbers and dates to each, 0 to 1."""
        window, mine, length = self._window, self._weight, self._length
        values, norms = window.values, window.norms
        top, logs = self._top, window.index.logs
        boilerplate, openers = window.boilerplate, window.openers
        found: list[float] = []
        known, numbers, dates = self._known, self._numbers, self._dates
        for other in others:
            if other.id in known:
                found.append(known[other.id])
                continue
            theirs: Doc | Words = other
            if other.kicker in openers or not boilerplate.isdisjoint(other.sentences):
                theirs = window.view(other)
            dot = square = 0.0
            for key, code in zip(theirs.keys, theirs.codes, strict=True):
                idf = top - logs[key]
                square += idf * idf * norms[code]
                if key in mine:
                    dot += mine[key] * values[code]
            both = length * sqrt(square)
            cosine = dot / both if both else 0.0
            if numbers and other.numbers and numbers.isdisjoint(other.numbers):
                cosine *= self.agreement(other)
            if dates and other.dates:
                cosine *= self.concord(other)
            known[other.id] = cosine
            found.append(cosine)
        return found

    def know(self, other: Doc, scorer: Scorer) -> None:
        """Take over the likeness that another has found between this item and its own."""
        self._known[other.id] = scorer.cosines([self.doc])[0]

    def proven(self, other: Doc, copy: bool) -> bool:
        """Whether the words shared are more than chance brings about.

        Only words in one of the headlines count: a summary may be the same everywhere.
        A copy needs but one word that is not an everyday word.

        Each shared word gives its idf in nats (the chance that an item holds it is e to the
        minus that), a word of which only the ends are shared half of it.
        """
        keys, theirs = self._own.keys, self._weight.keys() & self._window.view(other).keys
        ends, listed = self._window.index.ends, self._window.index.listed
        logs, everyday = self._window.index.logs, self._tuning.everyday
        doc = self.doc
        titles = {*doc.keys[: doc.title_to], *doc.keys[doc.kicker_from :]}
        titles.update(other.keys[: other.title_to])
        nats = 0.0
        telling = False
        for place in [place for place, key in enumerate(keys) if key in theirs]:
            stem = key = keys[place]
            end = ends[key]
            if end:
                before = place
                while ends[stem]:  # the ends of a word follow its stem
                    before -= 1
                    stem = keys[before]
                if stem in theirs:
                    continue
            if stem not in titles:
                continue
            nat = self._top - logs[key]
            if not listed[key]:
                telling = True
                nats += nat / 2 if end else nat
            elif not end and nat > everyday:
                nats += nat - everyday
        return telling and (copy or nats >= self._tuning.chance)

    def shares(self, other: Doc) -> list[tuple[str, float]]:
        """The cosine of the words, key by key: the key's name and its part of the whole."""
        theirs = self._window.view(other)
        names, logs = self._window.index.names, self._window.index.logs
        values, norms = self._window.values, self._window.norms
        coded = zip(theirs.keys, theirs.codes, strict=True)
        square = sum((self._top - logs[key]) ** 2 * norms[code] for key, code in coded)
        both = self._length * sqrt(square)
        if not both:
            return []
        return [
            (names[key], self._weight[key] * values[code] / both)
            for key, code in zip(theirs.keys, theirs.codes, strict=True)
            if key in self._weight
        ]

    def decay(self, other: Doc) -> float:
        """What time leaves of a likeness."""
        half_life = self._tuning.half_life_h * 3600.0
        return float(2.0 ** (-abs(self.doc.at - other.at) / half_life))

    def candidates(self) -> list[Doc]:
        """The items that share the most weight with this one, for their length.

        The rarest words are looked up first, as far as the budget goes. No story sends more
        than its nearest few: a big one must not hide its rivals.
        """
        window, tuning, index = self._window, self._tuning, self._window.index
        seen, posting, ends = index.seen, index.posting, index.ends
        most, own = tuning.visits, self.doc.slot
        keys = [key for key in self._own.keys if not ends[key] and 1 < seen[key] <= most]
        if not keys:
            return []
        keys.sort(key=seen.__getitem__)
        weights = self._weight
        left = whole = sum([weights[key] for key in keys])
        # What shares so little weight is no rival, however short it is.
        floor = tuning.reach_least * self._length * self._length / tuning.title
        enough = left * tuning.tail
        reach: dict[int, float] = {}
        visits = 0
        for key in keys:
            found = posting[key]
            visits += len(found)
            if visits > most or left < enough:
                break
            weight = weights[key]
            if left < floor:
                # Nothing that is first met here can come to the floor.
                for slot in filter(reach.__contains__, found):
                    reach[slot] += weight
            elif reach:
                for slot in found:
                    reach[slot] = reach[slot] + weight if slot in reach else weight
            else:
                reach = dict.fromkeys(found, weight)
            left -= weight
            reach.pop(own, None)
            # While all that is left comes to more, nothing can be under the floor.
            if reach and left < max(floor, (whole - left) * tuning.reach_floor):
                floor = max(floor, max(reach.values()) * tuning.reach_floor)
        if not reach:
            return []
        ranked = sorted(reach.values(), reverse=True)
        floor = max(floor, ranked[0] * tuning.reach_floor)
        if len(ranked) > tuning.reach_most and floor <= ranked[tuning.reach_most] < ranked[0]:
            # So many share but one word with it that none of them stands out.
            floor = ranked[tuning.reach_most] * 1.000001
        rows = window.rows
        first, ties, sizes, stories = rows.first, rows.ties, rows.sizes, rows.stories
        near = [
            (-weight / sizes[row := slot - first], ties[row], row)
            for slot, weight in reach.items()
            if weight >= floor
        ]
        near.sort()
        docs = rows.docs
        nearest, room = tuning.nearest, tuning.stories
        chosen: list[Doc] = []
        sent: dict[int, int] = {}
        for _, _, row in near:
            story = stories[row]
            if story in sent:
                if sent[story] == nearest:
                    continue
                sent[story] += 1
            elif room:
                room -= 1
                sent[story] = 1
            else:
                continue
            doc = docs[row]
            assert doc is not None  # what is looked up holds no dead entries
            chosen.append(doc)
            if len(chosen) == tuning.candidates:
                break
        return chosen

    def look(self) -> Near:
        """The nearest items, and how well this item fits each story among them."""
        doc, tuning, window = self.doc, self._tuning, self._window
        at, half_life = doc.at, tuning.half_life_h * 3600.0
        log, frame, column, form = doc.log, doc.frame, doc.column, doc.form
        items: list[tuple[float, Doc]] = []
        barred: set[int] = set()
        twin: Doc | None = None
        closest = tuning.twin
        least = base(doc, window, tuning)
        best = 0.0
        chosen = self.candidates()
        for some in (chosen[: tuning.first], chosen[tuning.first :]):
            if (items or barred) and best < least:
                break  # the first are the likeliest: nothing here comes near
            for other, cosine in zip(some, self.cosines(some), strict=True):
                # most share no mould, and are not asked more; time is as in decay, without the call
                mould = other.column == column or (frame and other.frame == frame)
                if (mould or (form and other.form == form) or (log and other.log)) and vetoed(
                    doc, other, window, tuning
                ):
                    barred.add(other.story)
                    continue
                if cosine >= closest:
                    closest, twin = cosine, other
                similarity = cosine * 2.0 ** (-abs(at - other.at) / half_life)
                if similarity > best:
                    best = similarity
                items.append((similarity, other))
        items.sort(key=_nearest)
        groups: dict[int, list[tuple[float, Doc]]] = {}
        for near in items:
            story = near[1].story
            if story in groups:
                groups[story].append(near)
            else:
                groups[story] = [near]
        fits: list[Fit] = []
        for story, group in groups.items():
            members = window.stories[story]
            size = len(members) - (story == doc.story)
            if size == 1:
                fits.append((group[0][0], story))
            else:
                total = sum([near[0] for near in group[: tuning.nearest]])
                fits.append((total / min(size, tuning.nearest), story))
        fits.sort(key=_best)
        rivals = fits[tuning.rival - 1][0] if len(fits) >= tuning.rival else 0.0
        ask = least + tuning.crowd * rivals
        if fits and fits[0][0] >= ask:
            fits = [(self._whole(fit, ask), fit[1]) for fit in fits]
            fits.sort(key=_best)
        # A story of few shared words is left; those that fit too badly to join need no proof.
        unproven: set[int] = set()
        for fit, story in fits:
            if fit < ask and (twin is None or story != twin.story):
                continue
            best_of = groups[story][: tuning.nearest]
            if not any(self.proven(other, other is twin) for _, other in best_of):
                unproven.add(story)
        return Near(items, fits, frozenset(barred), frozenset(unproven), ask, twin, self)

    def _whole(self, fit: Fit, ask: float) -> float:
        """A fit by the nearest members, if it would do, weighed with the rest of the story."""
        story = self._window.stories[fit[1]]
        if fit[0] < ask or len(story) <= self._tuning.nearest:
            return fit[0]
        return self.fit(story)

    def fit(self, story: tuple[Doc, ...]) -> float:
        """How well the item fits a story: by its nearest members, and less by more of them.

        The more of a lede it has, the more the rest of the members counts: a full report can be
        held against all of them, a headline has room for one side of the matter. Of a large
        story the newest members are asked.
        """
        tuning, lede = self._tuning, self.doc.lede
        members = [doc for doc in story if doc is not self.doc]
        if len(members) > tuning.members:
            members.sort(key=lambda doc: (-doc.at, doc.tie, doc.id))
            del members[tuning.members :]
        cosines = zip(self.cosines(members), members, strict=True)
        found = [cosine * self.decay(doc) for cosine, doc in cosines]
        found.sort(reverse=True)
        nearest = found[: tuning.nearest]
        mean = sum(nearest) / len(nearest)
        most = round(float(len(found) ** (tuning.breadth + (1.0 - tuning.breadth) * lede)))
        if most <= len(nearest):
            return mean
        whole = tuning.whole + (1.0 - tuning.whole) * lede
        return mean + whole * (sum(found[:most]) / most - mean)


def _nearest(near: tuple[float, Doc]) -> tuple[float, int, int]:
    return (-near[0], near[1].tie, near[1].id)


def _best(fit: Fit) -> tuple[float, int]:
    return (-fit[0], fit[1])


def base(doc: Doc, window: Window, tuning: Tuning) -> float:
    """The threshold before any crowd: higher with a lede, and in a larger window."""
    bulk = tuning.bulk * log2(1.0 + window.sizes.get(doc.language, 0) / tuning.bulk_items)
    return tuning.threshold + tuning.lede * doc.lede + bulk


def _others(one: set[int], two: set[int], opens: bool) -> bool:
    """Whether names are mostly others: what both have may be of the form ("AB", German nouns).

    A first word counts where no name is common: two words for one fire may open a sentence.
    """
    both = len(one & two)
    fewer = min(len(one - two), len(two - one)) + (opens and not both)
    return fewer > 0 and fewer >= both


def vetoed(a: Doc, b: Doc, window: Window, tuning: Tuning) -> str:
    """Why two titles from one mould tell of different things; empty when they need not."""
    if a.log and b.log and a.log != b.log:
        return "two lines of a log: another day or place"
    if a.frame and a.frame == b.frame and a.filling != b.filling and window.is_frame(a.frame):
        return "a recurring form, filled in differently"
    if a.form and a.form == b.form and a.publisher == b.publisher:
        opens = a.opening != b.opening
        if opens and not (a.many and b.many):
            pass  # two first words that are no names: another sentence
        elif _others({*a.names}, {*b.names}, opens):
            return "a form that one publisher fills in with other words"
        elif a.days != b.days:
            return "a form that one publisher fills in with another day"
    again = a.column == b.column and a.publisher != "" and a.publisher == b.publisher
    if again and abs(a.at - b.at) > tuning.column_h * 3600:
        return "the same title from one publisher on another day"
    return ""
