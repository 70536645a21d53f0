"""The demo hub's feeds.yaml, read as plain YAML."""

from __future__ import annotations

from pathlib import Path

import yaml

import feedhub.demo
from feedhub.demo import demo_config_text
from feedhub.demo.catalogue import catalogue


def test_every_feed_is_a_source_that_waits_for_no_other() -> None:
    text = demo_config_text("http://127.0.0.1:4711/", "http://127.0.0.1:8000", "127.0.0.1:8000")
    config = yaml.safe_load(text)
    assert config["hub"]["title"] == "Demonytt"
    assert config["hub"]["base_url"] == "http://127.0.0.1:8000"
    assert config["hub"]["listen"] == "127.0.0.1:8000"
    sources = config["sources"]
    assert [source["url"] for source in sources] == [
        f"http://127.0.0.1:4711/{feed.path}" for feed in catalogue().feeds.values()
    ]
    assert all(source["allow_private"] is True for source in sources)
    assert all(source["interval"] == "5m" for source in sources)
    assert len({source["rate_group"] for source in sources}) == len(sources)
    assert len({source["publisher"] for source in sources}) == len(sources) - 1
    assert {source["language"] for source in sources} == {"sv", "en", "no"}
    assert set(config["lists"]) == {"senaste", "popular", "sport"}


def test_no_data_file_is_left_out_and_every_domain_is_an_example() -> None:
    data = Path(feedhub.demo.__file__).parent / "data"
    assert {path.name for path in data.iterdir()} == {"feeds.toml", "stories.toml", "notices.toml"}
    for feed in catalogue().feeds.values():
        assert feed.publisher.endswith(".example")
        assert feed.site == f"https://{feed.publisher}/"
