"""What the demo's publishers have published at a demo time, and their feeds as bytes.

Pure: the same start and the same time give the same bytes. First come the written stories;
when they are told, small notices go on for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from zlib import crc32

from feedhub.demo.catalogue import Feed, Telling, catalogue
from feedhub.demo.formats import Article, render
from feedhub.demo.notices import notices_until
from feedhub.values import dataclass

# Feeds are rebuilt this often, as by a publisher's own cache: between rebuilds an unchanged
# document can be answered with 304 although counts grow all the time.
REBUILD = timedelta(minutes=5)

# An editor's interest in an article halves in this time, times the article's weight.
_EDITOR_HALF = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Scenario:
    """The story of the demo, told from ``start`` (aware). ``media_base`` is where pictures are."""

    start: datetime
    media_base: str = "https://bilder.example"

    def feeds(self) -> tuple[Feed, ...]:
        """Every feed of the demo, in the order of the data."""
        return tuple(catalogue().feeds.values())

    def published_until(self, now: datetime) -> tuple[Article, ...]:
        """Every article published at or before ``now``, newest first, as it is at ``now``."""
        since = now - self.start
        return _newest_first(self._article(told, since) for told in _told_until(since))

    def edition(self, feed: str, now: datetime) -> tuple[Article, ...]:
        """The articles that the feed with key ``feed`` carries at ``now``, in its order.

        Raises:
            KeyError: when there is no such feed.
        """
        wanted = catalogue().feeds[feed]
        built = self._built(now)
        since = built - self.start
        # Bounded, so that a demo left running for months costs no more than one of a day.
        told = (one for one in _told_until(since, wanted.limit) if one.feed == feed)
        articles = _newest_first(self._article(one, since) for one in told)[: wanted.limit]
        if wanted.editorial:
            return tuple(sorted(articles, key=lambda a: _editorial_value(a, built), reverse=True))
        return articles

    def render_feed(self, feed: str, now: datetime) -> tuple[bytes, str]:
        """The feed's document at ``now`` and its content type. Raises KeyError as above."""
        return render(catalogue().feeds[feed], self.edition(feed, now), self.media_base)

    def changed_at(self, feed: str, now: datetime) -> datetime:
        """When the document that the feed serves at ``now`` was first served as it is.

        Articles and counts are only ever added to, so an equal document at an earlier time
        was equal all the while between: the first such time is found by bisection.
        """
        body, _ = self.render_feed(feed, now)
        newest = max((a.updated for a in self.edition(feed, now)), default=self.start)
        last = (self._built(now) - self.start) // REBUILD
        first = min((newest - self.start) // REBUILD, last)
        while first < last:
            middle = (first + last) // 2
            if self.render_feed(feed, self.start + middle * REBUILD)[0] == body:
                last = middle
            else:
                first = middle + 1
        return self.start + last * REBUILD

    def _built(self, now: datetime) -> datetime:
        """When the documents served at ``now`` were built."""
        return self.start + (now - self.start) // REBUILD * REBUILD

    def _article(self, told: Telling, since: timedelta) -> Article:
        feed = catalogue().feeds[told.feed]
        corrected = told.corrected_at is not None and told.corrected_at <= since
        published = self.start + told.at
        return Article(
            key=told.key,
            story=told.story,
            number=told.number,
            feed=feed,
            title=told.corrected if corrected and told.corrected else told.title,
            first_title=told.title,
            lead=told.lead,
            body=told.body,
            section=told.section,
            byline=told.byline,
            credit=told.credit,
            alt=told.alt,
            published=published,
            updated=self.start + told.corrected_at
            if corrected and told.corrected_at is not None
            else published,
            counts=_counts(told, feed, since - told.at),
            weight=told.weight,
        )


def _newest_first(articles: Iterable[Article]) -> tuple[Article, ...]:
    return tuple(sorted(articles, key=lambda a: (a.published, a.key), reverse=True))


def _editorial_value(article: Article, now: datetime) -> tuple[float, str]:
    age = (now - article.published) / (_EDITOR_HALF * article.weight)
    return article.weight * 2.0**-age, article.key


def _counts(told: Telling, feed: Feed, age: timedelta) -> Mapping[str, int]:
    """Counts at an age: fast at first, ever slower towards the final figure, never falling."""
    grown = 1.0 - 2.0 ** -(age / told.half)
    spread = 0.35 + crc32(told.key.encode()) % 100 / 77  # 0.35 to 1.64 of the feed's usual
    final = {kind: usual * spread for kind, usual in (feed.counts or {}).items()}
    final.update(told.counts or {})
    return {kind: round(value * grown) for kind, value in final.items()}


def _told_until(since: timedelta, articles: int | None = None) -> Iterator[Telling]:
    """All that is told up to ``since``; ``articles`` bounds the notices, see there."""
    yield from (told for told in catalogue().tellings if told.at <= since)
    yield from notices_until(since, articles)
