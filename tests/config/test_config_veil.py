"""What the environment gives for an address is asked with, and never shown."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.config import load_config
from feedhub.config.fields import normal_url
from feedhub.config.veil import veiled
from feedhub.model import Source

SECRET = "s3cr3t-tokén"


@pytest.mark.parametrize(
    ("written", "value", "shown"),
    [
        ("https://a.example/f?t=${T}", "abcdef123", "https://a.example/f?t=${T}"),
        ("https://a.example/${T}/feed", "abcdef123", "https://a.example/${T}/feed"),
        ("https://a.example/${T}/feed", "a b+c/d%20", "https://a.example/${T}/feed"),
        ("https://a.example/?t=${T}", SECRET, "https://a.example/?t=${T}"),
        ("https://a.example/?t=${T}&u=${T}", "abcdef123", "https://a.example/?t=${T}&u=${T}"),
        ("${T}", "https://a.example/rss?key=abcdef", "https://a.example/${T}"),
        ("${T}?format=rss", "https://A.example/x/abcdef", "https://a.example/${T}?format=rss"),
        # the host is no secret, and short words are none
        ("https://${T}/feed", "a.example", "https://a.example/feed"),
        ("https://a.example/${T}/feed", "sv", "https://a.example/sv/feed"),
        ("https://a.example/${X:-plainly}", "", "https://a.example/plainly"),
    ],
)
def test_addresses(tmp_path, written, value, shown):
    path = tmp_path / "feeds.yaml"
    path.write_text(f"sources:\n  - url: '{written}'\n  - '{written}&bare=1'\n", "utf-8")
    text = written.replace("${X:-plainly}", "plainly").replace("${T}", value)
    source, bare = load_config(path, {"T": value} if value else {}).sources
    assert source.url == source.key == shown
    assert source.unveiled(source.url) == normal_url(text)
    assert bare.unveiled(bare.url) == normal_url(f"{text}&bare=1")
    assert value not in repr(source) or value in shown


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
    st.sampled_from(
        ["https://a.example/{}", "https://a.example/x?y={}&z=1", "https://a.example/{}/{}"]
    ),
)
def test_what_is_veiled_can_be_asked_for(value, pattern):
    url = normal_url(pattern.replace("{}", value))
    if url is None:
        return
    shown, secrets = veiled(url, [("T", value)])
    source = Source(key=shown, url=shown, secrets=secrets)
    assert source.unveiled(shown) == url
    assert source.veiled(url) == shown


def test_text_of_servers_is_veiled_too():
    source = Source(key="k", url="https://a.example/${T}", secrets=(("${T}", "abcdef"),))
    assert source.veiled("gone to https://b.example/?x=abcdef") == (
        "gone to https://b.example/?x=${T}"
    )
    assert replace(source, secrets=()).veiled("abcdef") == "abcdef"


@pytest.mark.parametrize(
    "said", ["ab/c+d=&é", "ab%2Fc%2Bd%3D%26%C3%A9", "ab%2fc+d=&amp;é", "%61b/c%2bd%3d%26%c3%a9"]
)
@pytest.mark.parametrize("value", ["ab/c+d=&é", "ab%2Fc%2Bd%3D%26%C3%A9", "ab/c+d=&%C3%A9"])
def test_in_whatever_spelling(said, value):
    source = Source(key="k", url="https://a.example/${T}", secrets=(("${T}", value),))
    assert source.veiled(f"https://b.example/?x={said}.") == "https://b.example/?x=${T}."
    assert source.veiled("https://b.example/?x=ab/c+d") == "https://b.example/?x=ab/c+d"
