"""A real reader subscribes: newsboat reads the feeds, then is answered by 304."""

import os
import shutil
import sqlite3
import subprocess

import pytest

NEWSBOAT = shutil.which("newsboat")


@pytest.fixture
def newsboat(tmp_path):
    """Poll one feed once, with a cache that stays."""
    if NEWSBOAT is None:
        message = "newsboat is not installed"
        if os.environ.get("FEEDHUB_REQUIRE_ALL") == "1":
            pytest.fail(message)
        pytest.skip(message)
    (tmp_path / "config").write_text("reload-threads 1\ncleanup-on-quit no\n")

    def poll(name, address):
        """What its cache ``name`` holds of the feed after a poll: {guid: (title, link)}."""
        (tmp_path / "urls").write_text(address + "\n")
        cache = tmp_path / f"{name}.db"
        done = subprocess.run(
            [
                NEWSBOAT,
                *("-u", tmp_path / "urls", "-c", cache, "-C", tmp_path / "config"),
                *("-x", "reload"),
            ],
            capture_output=True,
            timeout=20,
            env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        db = sqlite3.connect(cache)
        found = db.execute("select guid, title, url from rss_item").fetchall()
        db.close()
        return {guid: (title, url) for guid, title, url in found}

    return poll


FEEDS = {  # where, whether entries are items or stories, how many
    "senaste": ("i", 4),
    "popular": ("s", 4),
    "popular.new": ("s", 4),
    "source/1": ("i", 5),
    "category/inrikes": ("i", 5),
    "story/s1": ("i", 2),
    "search?q=hamnen": ("i", 5),
    "senaste/archive/0": ("i", 4),
}


@pytest.mark.parametrize("ending", ["atom", "rss"])
def test_newsboat_reads_every_feed_and_gets_304(site, serve, newsboat, ending):
    asked = []
    base = serve(site, asked)
    for name, (kind, count) in FEEDS.items():
        path, mark, query = name.partition("?")
        # A cache for each: newsboat takes an id to be one entry, whichever feed it came in.
        cache = path.replace("/", "-")
        address = f"{base}/{path}.{ending}{mark}{query}"
        found = newsboat(cache, address)
        assert len(found) == count, name
        key = f"tag:hub.example,2026:prov:{kind}1"
        assert found[key] == ("Hamnen byggs ut, del 1", "https://sundet.example/artikel/1")
        # It has no row to keep validators in before its first poll has ended, so the second poll
        # is the first that keeps them.
        for _again in range(2):
            assert newsboat(cache, address) == found
        assert [status for _, status in asked] == [200, 200, 304], name
        asked.clear()
