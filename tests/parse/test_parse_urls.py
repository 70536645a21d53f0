"""Links: what page an address means, and which parameters say nothing of it."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.parse import canonical_url, urls
from feedhub.parse.tracking import TRACKERS, Tracker
from feedhub.parse.urls import resolve


def values_of(row: Tracker) -> list[str]:
    return [value.replace("*", "x") for value in row.values] or ["abc"]


@pytest.mark.parametrize("row", TRACKERS, ids=lambda row: row.name)
def test_every_row_bites(row: Tracker) -> None:
    name = row.name.replace("*", "x")
    for host in row.hosts or ("blad.example",):
        for value in values_of(row):
            bare = canonical_url(f"https://{host}/nyheter/1?id=7")
            assert canonical_url(f"https://{host}/nyheter/1?id=7&{name}={value}") == bare
            assert canonical_url(f"https://{host}/nyheter/1?{name.upper()}={value}&id=7") == bare


@pytest.mark.parametrize("row", [row for row in TRACKERS if row.hosts], ids=lambda row: row.name)
def test_rows_for_some_hosts_leave_others_alone(row: Tracker) -> None:
    name = row.name.replace("*", "x")
    for value in ["abc", *([] if name == "rss" else values_of(row))]:
        url = f"https://blad.example/nyheter/1?{name}={value}"
        assert canonical_url(url) == url


@pytest.mark.parametrize("row", [row for row in TRACKERS if row.values], ids=lambda row: row.name)
def test_rows_for_some_values_leave_others_alone(row: Tracker) -> None:
    for host in row.hosts or ("blad.example",):
        for value in ("7", "rss7", "2", "x"):
            assert f"{row.name}={value}" in canonical_url(f"https://{host}/a?{row.name}={value}")


@pytest.mark.parametrize(
    "query",
    [
        "id=7", "p=7", "v=abc", "q=ord", "page=2", "artikel=7", "aid=7", "articleid=7", "story=7",
        "nid=7", "post=7", "utm=1", "autm_source=1", "ref=7", "source=7", "from=7", "s=7", "t=7",
        "si=7", "partner=7", "section=sport", "lang=sv", "view=7", "format=7", "category=7",
        "date=2024-05-03", "cid=7", "sid=7", "pk=7", "rss=7", "feature=7", "xt=7", "gift=7", "f=7",
        "st=7", "sh=7", "share_id=7", "campaign_id=7", "wt=7", "at_id=7", "hsa=7", "gi=7",
    ],
)  # fmt: skip
def test_parameters_that_may_be_the_page_survive(query: str) -> None:
    url = f"https://blad.example/nyheter?{query}"
    assert canonical_url(url) == url


def wrapped(target: str) -> str:
    """A Google News article id as they were written until 2024."""
    data = target.encode()
    length = (
        bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 127 | 128, len(data) >> 7])
    )
    packed = b'\x08\x13"' + length + data + b"\xd2\x01\x00"
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


LONG = "https://blad.example/nyheter/" + "a" * 150 + "-1"


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("http://blad.example/a", "https://blad.example/a"),
        ("https://www.blad.example/a", "https://blad.example/a"),
        ("https://BLAD.example:443/a", "https://blad.example/a"),
        ("http://blad.example:80/a", "https://blad.example/a"),
        ("https://blad.example:8443/a", "https://blad.example:8443/a"),
        ("https://blad.example", "https://blad.example/"),
        ("https://blad.example/a/", "https://blad.example/a"),
        ("https://blad.example/a#comments", "https://blad.example/a"),
        ("https://blad.example/#!/a/1", "https://blad.example/#!/a/1"),
        ("https://blad.example/app#/a/1", "https://blad.example/app#/a/1"),
        ("https://blad.example/a?b=2&a=1", "https://blad.example/a?a=1&b=2"),
        ("https://blad.example/a?", "https://blad.example/a"),
        ("https://blad.example/%7Eek/%C3%A5", "https://blad.example/~ek/%C3%A5"),
        ("https://blad.example/%c3%a5", "https://blad.example/%C3%A5"),
        ("https://blad.example/å", "https://blad.example/%C3%A5"),
        ("https://blåbär.example/", "https://xn--blbr-noae.example/"),
        ("https://m.blad.example/a-1", "https://blad.example/a-1"),
        ("https://mobil.blad.example/a-1", "https://blad.example/a-1"),
        ("https://amp.blad.example/a-1", "https://blad.example/a-1"),
        ("https://m.co.uk/a", "https://m.co.uk/a"),
        ("https://sv.m.wikipedia.org/wiki/Sill", "https://sv.wikipedia.org/wiki/Sill"),
        ("https://blad.example/en-nyhet/amp/", "https://blad.example/en-nyhet"),
        ("https://blad.example/en-nyhet/amp", "https://blad.example/en-nyhet"),
        ("https://blad.example/a-1.amp.html", "https://blad.example/a-1.html"),
        ("https://blad.example/a-1?amp=1", "https://blad.example/a-1"),
        ("https://blad.example/gitarr/amp", "https://blad.example/gitarr/amp"),
        ("https://blad.example/amp/nyheter/en-nyhet", "https://blad.example/nyheter/en-nyhet"),
        ("https://blad.example/amp/nyheter/", "https://blad.example/amp/nyheter"),
        ("https://blad.example/amp/marshall-50", "https://blad.example/amp/marshall-50"),
        ("https://youtu.be/abcdefghijk?si=x", "https://youtube.com/watch?v=abcdefghijk"),
        ("https://www.youtube.com/shorts/abcdefghijk", "https://youtube.com/watch?v=abcdefghijk"),
        ("https://m.youtube.com/watch?v=abcdefghijk", "https://youtube.com/watch?v=abcdefghijk"),
        (
            "https://www.youtube.com/embed/videoseries?list=PL1",
            "https://youtube.com/embed/videoseries?list=PL1",
        ),
        ("https://www.youtube.com/abcdefghijk", "https://youtube.com/abcdefghijk"),
        ("http://ek.blogspot.se/2024/05/a.html?m=1", "https://ek.blogspot.com/2024/05/a.html"),
        ("https://ek.blogspot.co.uk/2024/05/a.html", "https://ek.blogspot.com/2024/05/a.html"),
        ("https://www.google.no/url?url=https://blad.example/a", "https://blad.example/a"),
        (
            "https://t.umblr.com/redirect?z=https%3A%2F%2Fblad.example%2Fa&t=x",
            "https://blad.example/a",
        ),
        ("https://www.bbc.co.uk/news/a-1?at_medium=RSS", "https://bbc.com/news/a-1"),
        (
            f"https://news.google.com/read/{wrapped('https://blad.example/a-1')}?hl=sv",
            "https://blad.example/a-1",
        ),
        ("https://blad.example/camp", "https://blad.example/camp"),
        (
            "https://www.google.com/amp/s/blad.example/a-1/amp/",
            "https://blad.example/a-1",
        ),
        (
            "https://blad-example.cdn.ampproject.org/c/s/blad.example/a-1",
            "https://blad.example/a-1",
        ),
        (
            "https://www.google.com/url?sa=t&url=https%3A%2F%2Fblad.example%2Fa%3Fid%3D1&usg=x",
            "https://blad.example/a?id=1",
        ),
        (
            "https://l.facebook.com/l.php?u=https%3A%2F%2Fblad.example%2Fa%3Ffbclid%3Dx&h=y",
            "https://blad.example/a",
        ),
        (
            f"https://news.google.com/rss/articles/{wrapped('https://blad.example/a-1')}?oc=5",
            "https://blad.example/a-1",
        ),
        (f"https://news.google.com/rss/articles/{wrapped(LONG)}?oc=5", LONG),
        (
            "https://news.google.com/rss/articles/CBMiAUFVX3lxTE9fb3BhcXVlX3Rva2Vu?oc=5",
            "https://news.google.com/rss/articles/CBMiAUFVX3lxTE9fb3BhcXVlX3Rva2Vu?oc=5",
        ),
        ("https://old.reddit.com/r/a/comments/1/", "https://reddit.com/r/a/comments/1"),
        ("https://mobile.twitter.com/a/status/1?s=20&t=x", "https://x.com/a/status/1"),
        ("https://blad.example/a;jsessionid=0A1B.n1?id=7", "https://blad.example/a?id=7"),
        ("urn:uuid:1", "urn:uuid:1"),
        ("mailto:ek@blad.example", "mailto:ek@blad.example"),
        ("inte en adress", "inte en adress"),
        ("", ""),
    ],
)
def test_identity(url: str, wanted: str) -> None:
    assert canonical_url(url) == wanted


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://blad.example/a?id=1", "https://blad.example/a?id=2"),
        ("https://blad.example/a", "https://blad.example/b"),
        ("https://blad.example/a", "https://annat.example/a"),
        ("https://blad.example/a", "https://blad.example/A"),
        ("https://blad.example/#!/a", "https://blad.example/#!/b"),
        ("https://sport.blad.example/a", "https://blad.example/a"),
        ("https://blad.example/a%2Fb", "https://blad.example/a/b"),
        ("https://blad.example:8080/a", "https://blad.example/a"),
    ],
)
def test_pages_kept_apart(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


HOSTS = st.sampled_from(["blad.example", "www.blad.example", "m.blad.example", "xn--4ca.example"])
PATHS = st.text("abcDEF012-_~%/.å ()+,'", max_size=20)
QUERIES = st.lists(
    st.tuples(
        st.sampled_from(["id", "utm_source", "amp", "q", "fbclid", "url"]), st.text(max_size=6)
    ),
    max_size=4,
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))


@settings(deadline=None)
@given(st.sampled_from(["http", "https"]), HOSTS, PATHS, QUERIES, st.text("#!/a", max_size=4))
def test_canonical_is_stable_and_twins_meet(
    scheme: str, host: str, path: str, query: str, fragment: str
) -> None:
    url = f"{scheme}://{host}/{path}?{query}#{fragment}"
    once = canonical_url(url)
    assert canonical_url(once) == once
    other = "https" if scheme == "http" else "http"
    assert canonical_url(other + url[len(scheme) :]) == once


@settings(max_examples=300)
@given(
    st.sampled_from(
        ["blad.example", "www.blad.se", "m.blad.se", "google.com", "news.google.com", "bing.com",
         "www.youtube.com", "a.b.cdn.ampproject.org", "xn--bld-0na.se", "en.m.wikipedia.org"]
    ),
    st.text("abåäö日\u00a0-_~!$&'()*+,;=:@/.|^{}[]%2fAMPampmEe", max_size=25),
    st.text("abqurl=&?/.:;'%25utm_source_amp1Ee", max_size=30),
)  # fmt: skip
def test_reading_an_identity_off_gives_what_a_parser_gives(
    host: str, path: str, query: str
) -> None:
    address = f"https://{host}/{path}?{query}"
    quick = canonical_url.__wrapped__(address)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urls, "_EASY", re.compile("(?!)"))
        assert canonical_url.__wrapped__(address) == quick


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_has_an_identity(text: str) -> None:
    once = canonical_url(text)
    assert canonical_url(once) == once


@pytest.mark.parametrize(
    ("url", "base", "wanted"),
    [
        ("/a", "https://blad.example/rss/nytt.xml", "https://blad.example/a"),
        ("a", "https://blad.example/rss/nytt.xml", "https://blad.example/rss/a"),
        ("../a", "https://blad.example/rss/nytt.xml", "https://blad.example/a"),
        ("?id=1", "https://blad.example/rss", "https://blad.example/rss?id=1"),
        ("//annat.example/a", "https://blad.example/", "https://annat.example/a"),
        (" https://blad.example/a ", "", "https://blad.example/a"),
        ("https://blad.example/en fil.html", "", "https://blad.example/en%20fil.html"),
        ("https://blad.example/a?b=1&c=2", "", "https://blad.example/a?b=1&c=2"),
        ("www.blad.example/a", "https://annat.example/x/", "https://www.blad.example/a"),
        ("javascript:alert(1)", "https://blad.example/", None),
        ("java\nscript:alert(1)", "https://blad.example/", None),
        ("data:text/html,x", "https://blad.example/", None),
        ("mailto:ek@blad.example", "https://blad.example/", None),
        ("https://", "https://blad.example/", None),
        ("https://[::1", "https://blad.example/", None),
        ("", "https://blad.example/", None),
        ("/a", "", None),
        ("https://blad.example/" + "a" * 5000, "", None),
        ("\ufeffhttps://a.example/1", "https://blad.example/", "https://a.example/1"),
        ("\u200b/1\u200e", "https://blad.example/", "https://blad.example/1"),
        ('"https://a.example/1"', "https://blad.example/", "https://a.example/1"),
        ("<https://a.example/1>", "https://blad.example/", "https://a.example/1"),
        ("<![CDATA[https://a.example/1]]>", "https://blad.example/", "https://a.example/1"),
        ("<![CDATA[]]>", "https://blad.example/", None),
        ("http://https://a.example/1", "", "https://a.example/1"),
        ("http://HTTP://https://a.example/1", "", "https://a.example/1"),
        ("https://blad.examplehttps://a.example/1", "", "https://a.example/1"),
        ("https://arkiv.example/http://a.example/", "", "https://arkiv.example/http://a.example/"),
        ("https://https.example/1", "", "https://https.example/1"),
        ("blad.example/1", "https://blad.example/rss/", "https://blad.example/1"),
        ("blad/1", "http://blad/rss", "http://blad/blad/1"),
        ("annat.example/1", "https://blad.example/", "https://blad.example/annat.example/1"),
        ("\ufeff", "https://blad.example/", None),
        ("'javascript:x'", "https://blad.example/", "https://blad.example/'javascript:x'"),
    ],
)
def test_resolving(url: str, base: str, wanted: str | None) -> None:
    assert resolve(url, base) == wanted


@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(["", "https://blad.example/a/b"]))
def test_what_is_resolved_is_a_web_address_and_stays_it(url: str, base: str) -> None:
    found = resolve(url, base)
    if found is not None:
        assert found[:7].lower() == "http://" or found[:8].lower() == "https://"
        assert resolve(found, base) == found


@pytest.mark.parametrize("rest", ["./b", "../b", "b/./c"])
def test_what_a_session_leaves_behind_is_canonical(rest: str) -> None:
    once = canonical_url(f"https://blad.example/a/;jsessionid={'x' * 200}{rest}")
    assert "/." not in once
    assert canonical_url(once) == once
