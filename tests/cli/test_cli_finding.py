"""``sources add`` on pages of every kind, and the manners of commands that only try sources."""

import json

import pytest

from feedhub.fetch import clock

LINK = '<link rel="alternate" type="application/rss+xml" href="{}">'
DATE = "Mon, 02 Mar 2026 08:00:00 GMT"


@pytest.fixture
def waits(monkeypatch):
    """How long was waited for turns; no other time passes."""
    found = []

    async def sleep(self, seconds):
        found.append(seconds)

    monkeypatch.setattr(clock.SystemClock, "time", lambda self: sum(found))
    monkeypatch.setattr(clock.SystemClock, "sleep", sleep)
    return found


@pytest.fixture
def feed(make_rss):
    return make_rss("Ny", ("https://a.example/1", "En", DATE))


def page(origin, path, *links):
    text = "<!doctype html><title>Bladet</title>" + "".join(map(LINK.format, links))
    origin.documents[path] = (200, "text/html", text.encode())


def add(desk, url, *options):
    desk.write("# mina\nsources: []  # inga än\n")
    return desk.run("sources", "add", url, "--allow-private", *options)


def written(desk):
    return (desk.folder / "feeds.yaml").read_text("utf-8")


def test_a_feed_itself(origin, desk, waits, feed):
    url = origin.feed("/rss", feed)
    assert add(desk, url).exit_code == 0
    assert url in written(desk)
    assert "# mina" in written(desk)
    assert origin.requests == [("/rss", False)]


def test_usual_places_are_tried_one_by_one_until_one_is_a_feed(origin, desk, waits, feed):
    page(origin, "/blogg/")
    url = origin.feed("/blogg/feed.xml", feed)
    origin.feed("/rss.xml", feed)  # never got to
    assert add(desk, f"{origin.base}/blogg/").exit_code == 0
    assert url in written(desk)
    paths = [path for path, _ in origin.requests]
    assert paths == ["/blogg/", "/blogg/feed", "/blogg/rss", "/blogg/feed.xml"]
    # a second between any two, as when the hub runs
    assert waits == [1.0] * 3


def test_they_are_looked_for_where_the_page_was_found(origin, desk, waits, feed):
    origin.moved["/"] = "/blogg/"
    page(origin, "/blogg/")
    url = origin.feed("/blogg/feed", feed)
    assert add(desk, f"{origin.base}/").exit_code == 0
    assert url in written(desk)


def test_who_is_led_elsewhere_is_told_where(origin, desk, waits):
    origin.moved["/rss"] = "/inlogg?session=17"
    result = add(desk, f"{origin.base}/rss")
    told = f"{origin.base}/rss: failed:status: redirected to {origin.base}/inlogg: 404 not found"
    assert told in result.output


def test_a_list_of_feeds_is_named_and_nothing_else_is_looked_for(origin, desk, waits, feed):
    origin.documents["/list"] = (200, "text/x-opml", b"<?xml version='1.0'?><opml><body/></opml>")
    origin.feed("/feed", feed)
    result = add(desk, f"{origin.base}/list")
    assert result.exit_code == 2
    assert "`feedhub sources import`" in result.output
    assert len(origin.requests) == 1


@pytest.mark.parametrize("scheme", ["feed:http:", "feed:", "FEED:"])
def test_an_address_as_browsers_of_another_day_copy_it(origin, desk, waits, feed, scheme):
    url = origin.feed("/rss", feed)
    assert add(desk, f" {scheme}{url.removeprefix('http:')} ").exit_code == 0
    assert url in written(desk)


def test_several_are_asked_about(origin, desk, waits, feed, monkeypatch):
    page(origin, "/", "/a", "/b")
    origin.feed("/b", feed)
    monkeypatch.setattr("click.prompt", lambda *_, **__: 2)
    result = add(desk, f"{origin.base}/")
    assert result.exit_code == 0
    assert "1  " in result.output
    assert f"{origin.base}/b" in written(desk)


def test_without_asking_the_first_that_works_is_taken(origin, desk, waits, feed):
    page(origin, "/", "/broken", "/works")
    url = origin.feed("/works", feed)
    assert add(desk, f"{origin.base}/", "--yes").exit_code == 0
    assert url in written(desk)


def test_a_page_whose_feeds_are_all_broken(origin, desk, waits):
    page(origin, "/", "/broken")
    result = add(desk, f"{origin.base}/")
    assert result.exit_code == 2
    assert f"{origin.base}/broken: failed:status: 404" in result.output  # not the page
    assert "--no-check" in result.output
    assert written(desk).startswith("# mina")


def test_user_and_password_are_written_and_never_said(origin, desk, waits, feed, caplog):
    page(origin, "/", "/rss", "https://elsewhere.example/rss")
    origin.feed("/rss", feed)
    result = add(desk, origin.base.replace("//", "//anna:hemligt@") + "/", "--yes", "-v")
    assert result.exit_code == 0
    assert "hemligt" not in result.output
    assert "hemligt" not in caplog.text
    assert "anna:hemligt@" in written(desk)  # the same host wants them for its feed
    result = add(desk, origin.base.replace("//", "//anna:hemligt@") + "/nothing")
    assert result.exit_code == 2
    assert "hemligt" not in result.output


def test_checking_online_has_the_hubs_manners(origin, desk, waits, feed):
    """What a server has told the hub holds for those who only look: validators, quiet, 410."""
    good = origin.feed("/good", feed)
    origin.documents["/gone"] = (410, "text/plain", b"")
    origin.documents["/busy"] = (429, "text/plain", b"")
    desk.sources(good, f"{origin.base}/gone", f"{origin.base}/busy")
    desk.run("update")
    assert len(origin.requests) == 3
    result = desk.run("check", "--online")
    assert origin.requests[3:] == [("/good", True)]
    assert "not_modified: as the hub has it" in result.output
    assert "gone" in result.output
    assert "asked for quiet" in result.output


def test_what_is_gone_for_good_has_no_next_time(origin, desk, waits):
    origin.documents["/gone"] = (410, "text/plain", b"")
    desk.sources(f"{origin.base}/gone")
    desk.run("update")
    assert "never" in desk.run("sources", "list").output
    (row,) = json.loads(desk.run("sources", "list", "--json").output)
    assert (row["outcome"], row["next_due"]) == ("gone", None)
    assert "gone for good" in row["due_reason"]


def test_so_has_trying_a_source(origin, desk, waits, feed):
    good = origin.feed("/good", feed)
    origin.documents["/gone"] = (410, "text/plain", b"")
    origin.documents["/busy"] = (429, "text/plain", b"")
    desk.sources(good, f"{origin.base}/gone", f"{origin.base}/busy")
    desk.run("update")
    result = desk.run("sources", "test", "s0", "s1", "s2")
    assert origin.requests[3:] == [("/good", False)]  # in full: a person wants to see it
    assert "1 item" in result.output


def test_and_looking_for_a_feed(origin, desk, waits, feed):
    """A host that has asked the hub for quiet is not asked by another way either."""
    origin.documents["/busy"] = (429, "text/plain", b"")
    desk.write(f"sources:\n  - url: {origin.base}/busy\n    allow_private: true\n")
    desk.run("update")
    url = origin.feed("/good", feed)
    result = desk.run("sources", "add", url, "--allow-private")
    assert result.exit_code == 2
    assert "asked for quiet for 5 min more" in result.output
    assert len(origin.requests) == 1


def test_what_sources_share_holds_while_one_is_tried(origin, desk, waits, feed):
    url = origin.feed("/rss", feed)
    desk.write("defaults: {allow_private: true, enabled: false}\nsources: []\n")
    assert desk.run("sources", "add", url).exit_code == 0
    assert written(desk).count("allow_private") == 1


def test_what_is_there_already_is_not_asked(origin, desk, waits, feed):
    url = origin.feed("/rss", feed)
    desk.write(f"sources: [{url}]\n")
    result = desk.run("sources", "add", url, "--allow-private")
    assert result.exit_code == 2
    assert "is already there" in result.output
    assert origin.requests == []


def test_a_password_is_not_sent_to_another_host_that_a_page_names(origin, desk, waits, feed):
    url = origin.feed("/rss", feed).replace("127.0.0.1", "localhost")
    page(origin, "/", url)
    secret = f"{origin.base}/".replace("//", "//me:hunter2@", 1)
    assert add(desk, secret, "--yes").exit_code == 0
    assert origin.authorized == [True, False]
    page(origin, "/", "/rss")
    assert add(desk, secret, "--yes").exit_code == 0
    assert origin.authorized[2:] == [True, True]
    assert "hunter2" in written(desk)


@pytest.mark.parametrize(
    ("link", "option", "hint"),
    [
        ("http://169.254.169.254/rss", "--allow-private", "never asked\n"),  # nothing permits it
        ("http://10.0.0.1/rss", "--yes", "private; --allow-private permits it\n"),
    ],
)
def test_what_would_permit_it_is_said_where_something_would(desk, waits, link, option, hint):
    desk.write("sources: []\n")
    result = desk.run("sources", "add", link, option)
    assert result.exit_code == 2
    assert result.output.endswith(hint)
