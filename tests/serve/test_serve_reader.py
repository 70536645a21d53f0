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


def test_newsboat_reads_the_feeds_and_gets_304(site, serve, newsboat):
    asked = []
    base = serve(site, asked)
    for name, kind, count in (
        ("senaste.atom", "i", 4),
        ("popular.rss", "s", 4),
        ("popular.new.atom", "s", 4),
        ("search.atom?q=hamnen", "i", 5),
    ):
        # A cache for each: newsboat takes an id to be one entry, whichever feed it came in.
        cache = name.replace("/", "-")
        found = newsboat(cache, f"{base}/{name}")
        assert len(found) == count, name
        key = f"tag:hub.example,2026:prov:{kind}1"
        assert found[key] == ("Hamnen byggs ut, del 1", "https://sundet.example/artikel/1")
        # It has no row to keep validators in before its first poll has ended, so the second poll
        # is the first that keeps them.
        for _again in range(2):
            assert newsboat(cache, f"{base}/{name}") == found
        assert [status for _, status in asked] == [200, 200, 304], name
        asked.clear()
