"""Titles, summaries, pictures, counts, languages, rules and bounds of single entries."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.model import DropRule, Entry, Image, ParsedFeed, ParseRules
from feedhub.parse.images import credit_in
from feedhub.parse.lang import guess
from feedhub.parse.normalise import ENTRIES_MAX, TOO_MANY
from feedhub.parse.rules import ruled_title
from feedhub.parse.text import cut, html_to_text, plain_title, summarise

Parse = Callable[..., ParsedFeed]
Item = Callable[..., Entry]
HTML, PLAIN = "text/html", "text/plain"
MARKED = DropRule("title", "[annons]*")


@pytest.mark.parametrize(
    ("value", "kind", "wanted"),
    [
        ("Vanlig rubrik", PLAIN, "Vanlig rubrik"),
        ("  två\n  rader\t", PLAIN, "två rader"),
        ("Bil &amp; båt", PLAIN, "Bil & båt"),
        ("Bil &amp;amp; båt", PLAIN, "Bil & båt"),
        ("It&#8217;s", PLAIN, "It’s"),
        ("R&auml;ksm&ouml;rg&aring;s", HTML, "Räksmörgås"),
        ("<b>Fet</b> rubrik", HTML, "Fet rubrik"),
        ("<b>Fet</b> rubrik", PLAIN, "Fet rubrik"),
        ("&lt;b&gt;Fet&lt;/b&gt; rubrik", PLAIN, "Fet rubrik"),
        ("ett<br/>två", HTML, "ett två"),
        ("sam<em>man</em>satt", HTML, "sammansatt"),
        ("5 < 6 och 7 > 3", PLAIN, "5 < 6 och 7 > 3"),
        ("std::vector<T> och <stdio.h>", PLAIN, "std::vector<T> och <stdio.h>"),
        ("AT&T köper R&D", PLAIN, "AT&T köper R&D"),
        ("Osynligt\u200btecken\u00ad och \u202ebakvänt", PLAIN, "Osynligttecken och bakvänt"),
        ("<script>alert(1)</script>Rubrik", HTML, "Rubrik"),
        ("<img src=x onerror=alert(1)>Rubrik", HTML, "Rubrik"),
        ("Så används <div> och <span>", PLAIN, "Så används <div> och <span>"),
        ("Så används &lt;div&gt; rätt", PLAIN, "Så används <div> rätt"),
        ("Rad ett<br>rad två", PLAIN, "Rad ett rad två"),
        ("1 &lt; 2 <code>&lt;b&gt;</code>", "application/xhtml+xml", "1 < 2 <b>"),
        ("<nytt>Rubrik</nytt>", "application/xhtml+xml", "Rubrik"),
        ("<!-- kicker -->Rubrik<!-- slut -->", HTML, "Rubrik"),
        ("Så skrivs <!-- rätt", PLAIN, "Så skrivs <!-- rätt"),
        ("<![CDATA[Bil &amp; båt]]>", PLAIN, "Bil & båt"),
        ("&lt;![CDATA[Bil &amp;amp; båt]]&gt;", HTML, "Bil & båt"),
        (
            "Så laddas <script> och <style> snabbare",
            PLAIN,
            "Så laddas <script> och <style> snabbare",
        ),
        ("Allt om <body>", PLAIN, "Allt om <body>"),
        ("<style>p {}</style>Rubrik", PLAIN, "Rubrik"),
        ("", PLAIN, ""),
    ],
)
def test_titles_are_plain_text(value: str, kind: str, wanted: str) -> None:
    assert plain_title(value, kind) == wanted


@settings(deadline=None)
@given(st.text(max_size=80), st.sampled_from([HTML, PLAIN]))
def test_any_title_is_one_clean_line(value: str, kind: str) -> None:
    title = plain_title(value, kind)
    assert "\n" not in title
    assert title == title.strip()
    assert not any(ord(char) < 32 for char in title)


LONG = "Första meningen är här. Andra meningen, t.ex. denna, är längre än den första. " * 20


def test_summaries_end_at_a_sentence_or_a_word() -> None:
    assert cut("kort", 100) == "kort"
    short = cut(LONG, 100)
    assert short.endswith("än den första.")
    assert len(short) <= 100
    words = cut("ord " * 100, 50)
    assert words.endswith("ord…")
    assert len(words) <= 50
    assert cut("x" * 100, 50) == "x" * 49 + "…"
    assert cut("Enligt bl.a. professor A. Ek " + "är det så " * 20, 60).endswith("…")


@settings(deadline=None)
@given(st.text("ab .!?…,<&", max_size=300), st.integers(20, 100))
def test_a_cut_keeps_its_limit_and_the_start(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert len(short) <= limit
    assert text.startswith(short.rstrip("…").rstrip())


def test_summaries_have_no_markup(item: Item) -> None:
    html = "<p>Stycke ett &amp; mer.</p><p>Stycke <b>två</b>.</p><script>x()</script><!-- y -->"
    assert summarise(html, HTML) == "Stycke ett & mer. Stycke två."
    assert html_to_text("<li>a</li><li>b</li>") == "a b"
    assert html_to_text('<a title="a > b">x</a> <div\nclass="y">z</div>').endswith("z")
    entry = item(f"<title>A</title><description><![CDATA[<p>{LONG}</p>]]></description>")
    assert len(entry.summary) <= 600
    assert entry.summary.endswith(".")
    assert len(entry.content_html) > 1000


def test_where_the_summary_says_all_there_is_no_content(item: Item) -> None:
    entry = item("<title>A</title><description>En mening.</description>")
    assert (entry.summary, entry.content_html) == ("En mening.", "")


def test_an_entry_without_a_title_is_named_by_its_first_words(item: Item) -> None:
    entry = item("<description>Kort inlägg om ingenting. Mer text.</description>")
    assert entry.title.startswith("Kort inlägg om ingenting.")


# --- dates --------------------------------------------------------------------------------

NOW = datetime(2024, 5, 3, 12, 0, tzinfo=UTC)


def test_a_date_that_cannot_be_falls_back_with_its_reason(item: Item) -> None:
    entry = item(
        "<title>A</title><pubDate>2026-13-45</pubDate><dc:date>2024-05-01T10:00Z</dc:date>"
    )
    assert entry.published == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert entry.date_note == "impossible date: 2026-13-45"
    none = item("<title>A</title><pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>")
    assert none.published is None
    assert none.date_note == "absurd date: 1970-01-01"
    assert item("<title>A</title>").date_note == "no date"


def test_a_feeds_dates_have_a_measure_of_trust(parse: Parse, rss_of: Callable[[str], str]) -> None:
    dates = ["Fri, 03 May 2024 10:00:00 GMT", "1970-01-01", "Fri, 03 May 2024 11:00:00 GMT", "nyss"]
    items = "".join(f"<item><title>{d}</title><pubDate>{d}</pubDate></item>" for d in dates)
    feed = parse(rss_of(items + "<item><title>odaterad</title></item>"), received_at=NOW)
    assert feed.date_trust == 0.5
    assert feed.dated == 4
    assert parse(rss_of("<item><title>x</title></item>")).date_trust is None


def test_the_sources_zone_and_the_feeds_own_order_of_day_and_month(
    parse: Parse, rss_of: Callable[[str], str]
) -> None:
    items = "<item><title>a</title><pubDate>03/04/2024 14:00</pubDate></item>"
    more = items + "<item><title>b</title><pubDate>25/04/2024 14:00</pubDate></item>"
    feed = parse(rss_of(more), timezone="Europe/Stockholm")
    assert feed.entries[0].published == datetime(2024, 4, 3, 12, tzinfo=UTC)
    american = parse(rss_of("<language>en-us</language>" + items))
    assert american.entries[0].published == datetime(2024, 3, 4, 14, tzinfo=UTC)


def test_a_future_date_is_told_and_a_far_one_refused(item: Item) -> None:
    soon = (NOW + timedelta(days=2)).isoformat()
    entry = item(f"<title>A</title><pubDate>{soon}</pubDate>", received_at=NOW)
    assert (entry.date_note, entry.published) == ("in the future", NOW + timedelta(days=2))
    late = item("<title>A</title><pubDate>2106-02-07T06:28:15Z</pubDate>", received_at=NOW)
    assert late.published is None


# --- pictures -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        ("<media:thumbnail url='/t.jpg' width='400'/>", Image("https://blad.example/t.jpg", 400)),
        ("<media:content url='/film.mp4' type='video/mp4'/>", None),
        ("<media:content url='/b.jpg'/>", Image("https://blad.example/b.jpg")),
        (
            "<media:content url='/a.jpg' width='10' height='10'/><media:content url='/b.jpg'/>",
            Image("https://blad.example/b.jpg"),
        ),
        (
            "<media:content width='140' url='/i?w=140'><media:credit>Photograph: Eva Ek/Reuters"
            "</media:credit></media:content><media:content width='460' url='/i?w=460'/>",
            Image("https://blad.example/i?w=460", 460, credit="Eva Ek/Reuters"),
        ),
        (
            "<media:content url='/b.jpg' medium='image'><media:credit>Foto av Bo By</media:credit>"
            "</media:content>",
            Image("https://blad.example/b.jpg", credit="Bo By"),
        ),
        ("<media:content width='640' url='/v.mp4'/>", None),
        ("<enclosure url='/klubb.gif'/>", Image("https://blad.example/klubb.gif")),
        ("<enclosure url='https://pixel.wp.com/b.gif'/>", None),
        ("<media:content url='/i?w=460'/>", None),
        ("<enclosure url='/e.jpg' type='image/jpeg'/>", Image("https://blad.example/e.jpg")),
        (
            "<media:thumbnail url='/liten.jpg' width='72' height='72'/><description>"
            "&lt;img src='/stor.jpg'&gt;</description>",
            Image("https://blad.example/stor.jpg"),
        ),
        (
            "<media:thumbnail url='/liten.jpg' width='72' height='72'/>",
            Image("https://blad.example/liten.jpg", 72, 72),
        ),
        (
            "<media:thumbnail url='/nog.jpg' width='140'/><description>"
            "&lt;img src='/stor.jpg'&gt;</description>",
            Image("https://blad.example/nog.jpg", 140),
        ),
        (
            "<media:thumbnail url='/t.jpg' width='150' height='150'/><media:content url='/b.jpg'/>",
            Image("https://blad.example/b.jpg"),  # of a size that is not told, but whole
        ),
        (
            "<media:content url='/b.jpg' width='120'/><media:thumbnail url='/t.jpg' width='400'/>",
            Image("https://blad.example/t.jpg", 400),
        ),
        (
            "<enclosure url='/e.jpg' type='application/octet-stream'/>",
            Image("https://blad.example/e.jpg"),
        ),
        ("<enclosure url='/e.zip' type='application/octet-stream'/>", None),
        ("<enclosure url='/e.mp3' type='audio/mpeg'/>", None),
        ("<itunes:image href='/i.jpg'/>", Image("https://blad.example/i.jpg")),
        (
            "<description>&lt;img src='/x.gif' width='1' height='1'&gt;&lt;img src='/y.jpg' "
            "alt='Torget'&gt;</description>",
            Image("https://blad.example/y.jpg", alt="Torget"),
        ),
        ("<image><url>/u.jpg</url></image>", Image("https://blad.example/u.jpg")),
        (
            "<image><title>En bild</title><link>https://blad.example/b</link><width>600</width>"
            "<url>https://blad.example/u.webp?w=600</url></image>",
            Image("https://blad.example/u.webp?w=600"),
        ),
        ("<author><name>E</name><uri>https://e.example/</uri></author>", None),
        ("<description>&lt;img src='/favicon.ico'&gt;</description>", None),
        ("<description>&lt;img src='https://secure.gravatar.com/avatar/x'&gt;</description>", None),
        ("<description>&lt;img src='data:image/png;base64,x'&gt;</description>", None),
        ("<media:content url='javascript:x' medium='image'/>", None),
        (
            "<media:content url='/b.jpg' medium='image'/>"
            "<media:credit>Foto: Eva Ek/TT</media:credit>",
            Image("https://blad.example/b.jpg", credit="Eva Ek/TT"),
        ),
        (
            "<description>&lt;img src='/y.jpg' alt='Torget. Foto: Eva Ek'&gt;</description>",
            Image("https://blad.example/y.jpg", alt="Torget. Foto: Eva Ek", credit="Eva Ek"),
        ),
    ],
)
def test_the_picture(item: Item, inside: str, wanted: Image | None) -> None:
    assert item(f"<title>A</title><link>https://blad.example/a</link>{inside}").image == wanted


def test_credits_in_captions() -> None:
    assert credit_in("Foto: Jesper Olsson.") == "Jesper Olsson"
    assert credit_in("Vy mot torget. Foto: Eva Ek/TT") == "Eva Ek/TT"
    assert credit_in("Fotot togs igår") is None


# --- counts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "counts"),
    [
        ("<slash:comments>12</slash:comments>", {"comments": 12}),
        ("<slash:comments>0</slash:comments>", {"comments": 0}),
        ("<thr:total>7</thr:total>", {"comments": 7}),
        ("<atom:link rel='replies' href='/k' thr:count='3'/>", {"comments": 3}),
        ("<slash:comments>många</slash:comments>", {}),
        ("<slash:comments>-3</slash:comments>", {}),
        ("<slash:comments>1 234</slash:comments>", {"comments": 1234}),
        (
            "<media:community><media:starRating count='9'/><media:statistics views='5,000' "
            "favorites='3'/></media:community>",
            {"views": 5000, "favorites": 9},
        ),
        ("<shares>782</shares>", {"shares": 782}),
        ("<comments>12</comments>", {"comments": 12}),  # and no address
        (
            "<comments>https://news.ycombinator.com/item?id=1</comments><description>&lt;p&gt;Points:"
            " 431&lt;/p&gt;&lt;p&gt;# Comments: 95&lt;/p&gt;</description>",
            {"score": 431, "comments": 95},
        ),
        (
            "<comments>https://news.ycombinator.com/item?id=1</comments><description>&lt;p&gt;Article"
            " URL: https://e.example/2024/12&lt;/p&gt;&lt;p&gt;Comments URL: https://news.ycombinator"
            ".com/item?id=1&lt;/p&gt;&lt;p&gt;Points: 431&lt;/p&gt;&lt;p&gt;# Comments: 95"
            "&lt;/p&gt;</description>",
            {"score": 431, "comments": 95},
        ),
        (
            "<comments>https://news.ycombinator.com/item?id=1</comments><description>Article URL: "
            "https://e.example/2024/12 Comments URL: https://news.ycombinator.com/item?id=1 Points"
            "</description>",
            {},
        ),
        (
            "<link>https://www.reddit.com/r/sweden/1</link><description>submitted by x [link] "
            "[1143 comments]</description>",
            {"comments": 1143},
        ),
        ("<description>Laget tog 3 points och 5 comments</description>", {}),
    ],
)
def test_counts(item: Item, inside: str, counts: dict[str, int]) -> None:
    assert item(f"<title>A</title>{inside}").counts == counts


# --- language -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Regeringen vill att det ska bli lättare för kommuner och regioner att bygga", "sv"),
        ("Regjeringen vil at det skal bli enklere for kommuner å bygge, men ikke nå", "nb"),
        ("The government wants to make it easier for the regions to build", "en"),
        ("Die Regierung will, dass es für die Gemeinden nicht zu teuer wird", "de"),
        ("Hallitus haluaa, että se on helpompaa, mutta nyt ei ole varaa", "fi"),
        ("Правительство хочет построить", "ru"),
        ("Уряд оголосив про нові заходи", "uk"),
        ("الحكومة تعلن عن إجراءات جديدة", "ar"),
        ("دولت اقدامات جدید گسترده را اعلام کرد", "fa"),
        ("Il governo approva le nuove misure per il lavoro", "it"),
        ("Governo diz que não vai reduzir os impostos no país", "pt"),
        ("Do you know how much your computer can do in a second?", "en"),
        ("東京で大雪、交通機関が大きく乱れています", "ja"),
        ("中国政府宣布新的经济措施，将降低税收。" * 3, "zh"),
        ("Новости Києва: мэр объявил, что выборы будут объявлены", "ru"),  # names the other's
        ("رئيس الوزراء پوتين يزور القاهرة في زيارة إلى الجامعة", "ar"),
        ("Grid garden https://a.example.com/ and https://b.example.com/ or c.com", None),
        ("Președintele a anunțat că de mâine se schimbă legea și nu mai este nimic", None),
        ("The president of Serbia, Aleksandar Vučić, is in Paris for a meeting", "en"),
        ("政府、新税制発表", None),
        ("Zlatan 3-0", None),
        ("", None),
    ],
)
def test_a_cheap_guess(text: str, code: str | None) -> None:
    assert guess(text) == code


NORWEGIAN = (
    "Politiet leter etter mann i Bergen",
    "Høyre vil ikke støtte forslaget fra regjeringen",
    "Storm",
    "Derfor ble det bråk mellom de to",
    "Slik blir været i helgen på Vestlandet",
    "Rosenborg slo Brann",
    "Nå skal det også bli dyrere å ta tog til Oslo",
)


def test_a_document_that_names_no_language_has_one(
    parse: Parse, rss_of: Callable[[str], str]
) -> None:
    items = "".join(f"<item><title>{title}</title></item>" for title in NORWEGIAN)
    told = {entry.title: entry.language for entry in parse(rss_of(items)).entries}
    assert told == dict.fromkeys(NORWEGIAN, "nb")
    english = "<item><title>What the king said to the people of Oslo</title></item>"
    entries = parse(rss_of(items + english)).entries
    assert [entry.language for entry in entries] == ["nb"] * len(NORWEGIAN) + ["en"]


def test_english_claimed_over_headlines_in_another_language_is_not_believed(
    parse: Parse, rss_of: Callable[[str], str]
) -> None:
    items = "".join(f"<item><title>{title}</title></item>" for title in NORWEGIAN)
    claimed = f"<language>en-US</language>{items}"
    assert {entry.language for entry in parse(rss_of(claimed)).entries} == {"nb"}
    assert {e.language for e in parse(rss_of(claimed), language="en").entries} == {"en-us"}
    few = "<language>en-US</language><item><title>Storm i Bergen</title></item>"
    assert parse(rss_of(few)).entries[0].language == "en-us"


def test_whose_word_on_the_language_counts(parse: Parse, rss_of: Callable[[str], str]) -> None:
    swedish = (
        "<item><title>Regeringen vill att det ska bli lättare för alla</title>"
        "<description>Det är inte klart när förslaget kan komma.</description></item>"
    )
    assert parse(rss_of(swedish)).entries[0].language == "sv"  # guessed
    assert parse(rss_of(swedish), language="fi").entries[0].language == "fi"  # the source's
    told = rss_of(f"<language>nb-NO</language>{swedish}")
    assert parse(told).entries[0].language == "nb-no"  # the feed's
    wrong = rss_of(f"<language>en-US</language>{swedish}")
    assert parse(wrong, language="sv").entries[0].language == "sv"  # borne out by the words
    short = rss_of("<language>en</language><item><title>Zlatan 3-0</title></item>")
    assert parse(short, language="sv").entries[0].language == "en"


# --- rules ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "rules", "wanted"),
    [
        ("JUST NU: Bron öppnar", ParseRules(strip_title=("just nu:",)), "Bron öppnar"),
        ("Bron öppnar | Bladet", ParseRules(strip_title_end=(" | Bladet",)), "Bron öppnar"),
        ("Inrikes: Bron öppnar igen", ParseRules(strip_kicker=True), "Bron öppnar igen"),
        ("Ekonomi • Bron blir dyrare", ParseRules(strip_kicker=True), "Bron blir dyrare"),
        ("Polisen – två gripna i natt", ParseRules(strip_kicker=True), "två gripna i natt"),
        ("Klockan 12:30 öppnar bron", ParseRules(strip_kicker=True), "Klockan 12:30 öppnar bron"),
        ("Just nu:", ParseRules(strip_title=("Just nu:",)), "Just nu:"),
        ("Bron öppnar", ParseRules(), "Bron öppnar"),
    ],
)
def test_titles_by_rule(title: str, rules: ParseRules, wanted: str) -> None:
    assert ruled_title(title, rules) == wanted


@pytest.mark.parametrize(
    ("rule", "dropped"),
    [
        (DropRule("link", "/annons/"), ["Köp nu"]),
        (DropRule("link", "https://blad.example/annons/*"), ["Köp nu"]),
        (DropRule("title", "köp"), ["Köp nu"]),
        (DropRule("title", "* nu"), ["Köp nu"]),
        (DropRule("category", "annons"), ["Köp nu"]),
        (DropRule("category", "nyhet?r"), ["Bron öppnar"]),
        (DropRule("category", "Annon"), []),
        (DropRule("title", "[köp]*"), []),
        (DropRule("title", "*[abc]*"), []),
        (DropRule("link", ""), []),
    ],
)
def test_drops_are_counted_under_their_rule(
    parse: Parse, rss_of: Callable[[str], str], rule: DropRule, dropped: list[str]
) -> None:
    body = rss_of(
        "<item><title>Köp nu</title><link>https://blad.example/annons/1?a=1</link>"
        "<category>Annons</category></item>"
        "<item><title>Bron öppnar</title><link>https://blad.example/bron</link>"
        "<category>Nyheter</category></item>"
    )
    feed = parse(body, ParseRules(drop=(rule,)))
    kept = [entry.title for entry in feed.entries]
    assert [title for title in ("Köp nu", "Bron öppnar") if title not in kept] == dropped
    name = f"drop {rule.field}: {rule.pattern}"
    assert dict(feed.refused) == ({name: len(dropped)} if dropped else {})
    named = parse(body, ParseRules(drop=(DropRule("title", "köp", "reklam"),)))
    assert dict(named.refused) == {"drop reklam": 1}
    marked = parse(body.replace("Köp nu", "[Annons] Köp nu"), ParseRules(drop=(MARKED,)))
    assert [entry.title for entry in marked.entries] == ["Bron öppnar"]


def test_the_paywall_mark(item: Item) -> None:
    assert item("<title>A</title><premium>true</premium>").paywall
    assert not item("<title>A</title><premium>false</premium>").paywall
    assert item("<title>A</title><isAccessibleForFree>false</isAccessibleForFree>").paywall
    rules = ParseRules(paywall=(DropRule("category", "Plus"),))
    assert item("<title>A</title><category>Plus</category>", rules).paywall
    assert not item("<title>A</title><category>Minus</category>", rules).paywall


def test_a_rule_changes_the_hash_and_a_place_does_not(
    parse: Parse, rss_of: Callable[[str], str]
) -> None:
    one = "<item><title>JUST NU: Ett</title></item>"
    two = "<item><title>Två</title></item>"
    first = {entry.title: entry.hash for entry in parse(rss_of(one + two)).entries}
    turned = {entry.title: entry.hash for entry in parse(rss_of(two + one)).entries}
    assert first == turned
    ruled = parse(rss_of(one + two), ParseRules(strip_title=("JUST NU:",)))
    assert [entry.title for entry in ruled.entries] == ["Ett", "Två"]
    assert {entry.hash for entry in ruled.entries}.isdisjoint(first.values())
    zoned = parse(rss_of(one + two), timezone="Europe/Stockholm")
    assert {entry.hash for entry in zoned.entries}.isdisjoint(first.values())


# --- bounds ---------------------------------------------------------------------------------


def test_the_newest_are_kept_and_the_rest_counted(
    parse: Parse, rss_of: Callable[[str], str]
) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    items = "".join(
        f"<item><title>{n}</title>"
        f"<pubDate>{(start + timedelta(minutes=n)).isoformat()}</pubDate></item>"
        for n in range(ENTRIES_MAX + 100)
    )
    feed = parse(rss_of(items))
    assert feed.found == ENTRIES_MAX
    assert feed.entries[0].title == "100"
    assert feed.refused[TOO_MANY] == 100


def test_large_texts_are_bounded(item: Item) -> None:
    start = time.process_time()
    entry = item(
        f"<title>{'ord ' * 50_000}</title>"
        f"<description>{'&lt;p&gt;ord' * 100_000}</description>"
        + "<category>k</category>" * 500
        + "".join(f"<category>{n}</category>" for n in range(500))
        + "".join(f"<dc:creator>{n}</dc:creator>" for n in range(500))
    )
    assert len(entry.title) <= 400
    assert len(entry.summary) <= 600
    assert len(entry.content_html) <= 1_000_000
    assert len(entry.categories) <= 50
    assert len(entry.authors) <= 50
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    ("inside", "names"),
    [
        ("<author>ek@blad.example (Eva Ek)</author>", ("Eva Ek",)),
        ("<author>Eva Ek &lt;ek@blad.example&gt;</author>", ("Eva Ek",)),
        ("<author>ek@blad.industries (Eva Ek)</author>", ("Eva Ek",)),
        ("<author>ek@blad.example</author>", ("ek@blad.example",)),
        ("<author>noreply@blad.example</author>", ()),
        ("<dc:creator>https://blad.example/folk/7</dc:creator>", ()),
        ("<dc:creator>Eva Ek</dc:creator><dc:creator>Ove Ö</dc:creator>", ("Eva Ek", "Ove Ö")),
        ("<dc:creator>&lt;b&gt;Eva&lt;/b&gt; Ek</dc:creator>", ("Eva Ek",)),
    ],
)
def test_authors(item: Item, inside: str, names: tuple[str, ...]) -> None:
    assert item(f"<title>A</title>{inside}").authors == names


@pytest.mark.parametrize("first", [True, False])
def test_a_pictures_description_is_not_its_entrys(
    first: bool, parse: Parse, rss_of: Callable[[str], str]
) -> None:
    picture = (
        '<media:content url="https://b.example/1.jpg" medium="image">'
        "<media:title>En bild</media:title>"
        '<media:description type="plain">En brygga i motljus</media:description></media:content>'
    )
    text = "<![CDATA[<p>Hela <b>texten</b></p>]]>"
    words = f"<title>A</title><description>{text}</description>"
    inside = picture + words if first else words + picture
    for rules in (ParseRules(), ParseRules(fast=False)):
        entry = parse(rss_of(f"<item>{inside}</item>"), rules).entries[0]
        assert (entry.title, entry.summary) == ("A", "Hela texten")
        assert entry.content_html == "<p>Hela <b>texten</b></p>"


def test_a_films_description_is_the_summary_where_there_is_no_other(
    parse: Parse, rss_of: Callable[[str], str]
) -> None:
    film = "<media:group><media:description>Om filmen</media:description></media:group>"
    for inside in (film, f"<description/>{film}"):
        for rules in (ParseRules(), ParseRules(fast=False)):
            document = rss_of(f"<item><title>A</title>{inside}</item>")
            assert parse(document, rules).entries[0].summary == "Om filmen"


def test_a_plainer_copy_of_the_description_does_not_take_its_links(item: Item) -> None:
    entry = item(
        '<title>A</title><description><![CDATA[<p>Gäst: <a href="/ek">Eva Ek</a></p>]]>'
        "</description>"
        "<itunes:summary>Gäst: Eva Ek</itunes:summary>"
    )
    assert 'href="https://blad.example/ek"' in entry.content_html
    longer = item(
        "<title>A</title><description>&lt;b&gt;Kort&lt;/b&gt;</description>"
        "<itunes:summary>En mycket längre beskrivning av avsnittet</itunes:summary>"
    )
    assert "mycket längre" in longer.content_html


@pytest.mark.parametrize(
    ("inside", "link"),
    [
        ('<guid isPermaLink="true">/a/1</guid>', "https://blad.example/a/1"),
        ("<guid>/a/1</guid>", "https://blad.example/a/1"),
        ("<link></link><guid>https://b.example/1</guid>", "https://b.example/1"),
        ("<guid>https://b.example/1</guid><link/>", "https://b.example/1"),
        ("<link>https://b.example/2</link><guid>/a/1</guid>", "https://b.example/2"),
        ("<guid>/a/1</guid><link>https://b.example/2</link>", "https://b.example/2"),
        ('<link/><guid isPermaLink="false">https://b.example/1</guid>', None),
        ("<guid>12345</guid>", None),
        ("<guid>/a 1</guid>", None),
    ],
)
def test_a_guid_that_is_the_link(
    inside: str, link: str | None, parse: Parse, rss_of: Callable[[str], str]
) -> None:
    for rules in (ParseRules(), ParseRules(fast=False)):
        document = rss_of(f"<item><title>A</title>{inside}</item>")
        assert parse(document, rules).entries[0].link == link


@pytest.mark.parametrize(
    ("written", "summary", "content"),
    [
        ("&lt;![CDATA[&lt;p&gt;Hej &lt;b&gt;du&lt;/b&gt;&lt;/p&gt;]]&gt;", "Hej du",
         "<p>Hej <b>du</b></p>"),
        ("&lt;![CDATA[Hej du]]&gt;", "Hej du", ""),
        ("<![CDATA[&lt;p&gt;Hej &lt;b&gt;du&lt;/b&gt; &amp;amp; jag&lt;/p&gt;]]>", "Hej du & jag",
         "<p>Hej <b>du</b> &amp; jag</p>"),
        ("&amp;lt;img src=&amp;quot;/b.jpg&amp;quot; /&amp;gt;Hej", "Hej",
         '<img src="https://blad.example/b.jpg">Hej'),
        ("<![CDATA[Skriv &lt;b&gt;fet&lt;/b&gt; så]]>", "Skriv <b>fet</b> så",
         "Skriv &lt;b&gt;fet&lt;/b&gt; så"),
        ("<![CDATA[<p>&lt;p&gt;stycke&lt;/p&gt;</p>]]>", "<p>stycke</p>",
         "<p>&lt;p&gt;stycke&lt;/p&gt;</p>"),
    ],
)  # fmt: skip
def test_text_that_was_escaped_twice(item: Item, written: str, summary: str, content: str) -> None:
    entry = item(f"<title>A</title><description>{written}</description>")
    assert (entry.summary, entry.content_html) == (summary, content)


def test_an_address_within_a_section_within_an_attribute(item: Item) -> None:
    entry = item(
        "<title>A</title><link>&lt;![CDATA[https://b.example/1]]&gt;</link>"
        '<enclosure url="&lt;![CDATA[https://b.example/1.mp3]]&gt;" length="1" type="audio/mpeg"/>'
    )
    assert entry.link == "https://b.example/1"
    assert entry.enclosures[0].url == "https://b.example/1.mp3"


@pytest.mark.parametrize(
    ("lengths", "size"),
    [
        (["1234"], 1234),
        (["1,234"], 1234),
        (["1 234 567"], 1234567),
        (["", "77"], 77),
        (["77", "88"], 77),
        (["-1"], None),
        (["0"], None),
        ([""], None),
        (["12,34"], None),
        (["stor"], None),
    ],
)
def test_the_size_of_an_enclosure(item: Item, lengths: list[str], size: int | None) -> None:
    told = "".join(f"<enclosure url='/a.mp3' length='{one}'/>" for one in lengths)
    told += "<enclosure url='/a.mp3' type='audio/mpeg'/>"
    (enclosure,) = item(f"<title>A</title>{told}").enclosures
    assert (enclosure.length, enclosure.type) == (size, "audio/mpeg")


@pytest.mark.parametrize(
    ("feeds", "names"),
    [
        ("<author><name>Eva Ek</name></author>", ("Eva Ek",)),
        (
            "<author><name>Eva Ek</name><email>ek@e.example</email></author>"
            "<author><name>Bo By</name><uri>https://by.example/</uri></author>",
            ("Eva Ek", "Bo By"),
        ),
        ("<author><email>ek@e.example</email></author>", ("ek@e.example",)),
        ("<contributor><name>Bo By</name></contributor>", ()),
        ("<author/>", ()),
        ("", ()),
    ],
)
def test_an_atom_feeds_authors_are_those_of_entries_without(
    parse: Parse, feeds: str, names: tuple[str, ...]
) -> None:
    document = (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{feeds}<entry><title>A</title>'
        "<id>1</id></entry><entry><title>B</title><id>2</id><author><name>Siv Al</name></author>"
        "</entry></feed>"
    )
    quick, slowly = parse(document), parse(document, ParseRules(fast=False))
    assert [entry.authors for entry in quick.entries] == [names, ("Siv Al",)]
    assert quick.reader == "fast"
    assert quick.entries == slowly.entries


def test_an_atom_id_that_is_a_path_is_no_link(parse: Parse) -> None:
    entry = "<entry><title>A</title><id>/a/1</id></entry>"
    document = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{entry}</feed>'
    for rules in (ParseRules(), ParseRules(fast=False)):
        assert parse(document, rules).entries[0].link is None


def test_what_was_taken_from_another_feed_has_not_this_ones_authors(parse: Parse) -> None:
    document = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><author><name>Eva Ek</name>'
        "</author><entry><title>A</title><id>1</id><source><title>Annan</title><id>x</id></source>"
        "</entry></feed>"
    )
    for rules in (ParseRules(), ParseRules(fast=False)):
        assert parse(document, rules).entries[0].authors == ()


def test_an_rss_feeds_editor_is_no_author(parse: Parse, rss_of: Callable[[str], str]) -> None:
    editor = "<managingEditor>ek@e.example (Eva Ek)</managingEditor>"
    assert parse(rss_of(f"{editor}<item><title>A</title></item>")).entries[0].authors == ()
