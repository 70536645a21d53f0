"""Whatever stands in the file, load_config gives a Config or clear lines, nothing else."""

from __future__ import annotations

import re
import string
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.config import load_config
from feedhub.config.fields import format_duration, parse_duration
from feedhub.config.list_settings import ListSettings, WhereSettings
from feedhub.config.settings import HubSettings
from feedhub.config.source_settings import SourceSettings
from feedhub.errors import ConfigErrors

BROKEN = Path(__file__).parent / "broken"
SEEDS = [path.read_bytes() for path in sorted(BROKEN.glob("*.yaml")) if path.stat().st_size < 3000]
SEEDS.append((Path(__file__).parents[2] / "feeds.yaml").read_bytes())
PIECES = [
    *(b"\n", b"\n  ", b"- ", b": ", b"{", b"}", b"[", b"]", b"&a ", b"*a", b"<<: *a", b"!", b"|\n"),
    *(b'"', b"'", b"#", b"~", b"null", b"${", b"$$", b"\t", b"\xff", b"\x00", b"\xef\xbb\xbf"),
    *(
        b"? ",
        b"---\n",
        b"...\n",
        b"%YAML 1.2\n",
        b"sources:",
        b"lists:",
        b"url:",
        b"https://[",
        b">",
    ),
    *(b"\xe2\x80\xa8", b"\xc2\x85", b"9" * 400, b"1e999", b".nan", b"!!binary x", b"=", b"\r"),
]
LINE = re.compile(r"feeds\.yaml:[0-9]+:[0-9]+: \S")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A seed with pieces put in, cut out and doubled."""
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        data = (
            data[:start] + draw(st.sampled_from([*PIECES, b"", data[start:end] * 2])) + data[end:]
        )
    return data


def outcome(data: bytes) -> None:
    """A Config, or ConfigErrors whose lines are clear; anything else fails the test."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "feeds.yaml"
        path.write_bytes(data)
        try:
            load_config(path, {"NAME": "value"})
        except ConfigErrors as errors:
            lines = errors.lines
        else:
            return
    assert lines
    for line in lines:
        assert LINE.match(line.removeprefix(f"{folder}/")), line
        assert line.isprintable()


@settings(max_examples=150, deadline=None)
@given(damaged())
def test_damaged_files(data: bytes) -> None:
    outcome(data)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_bytes(data: bytes) -> None:
    outcome(data)


VALUES = st.recursive(
    st.sampled_from(
        ["null", "~", "''", "no", "12:30", "1_000", "-1", "1e9", "x", '"\\u0000"', "${NAME}"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | st.dictionaries(st.sampled_from(["url", "title", "where", "x"]), inner, max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        )
    ),
    max_leaves=6,
)
KEYS = {
    "hub": sorted(HubSettings.model_fields),
    "source": sorted(SourceSettings.model_fields),
    "list": sorted(ListSettings.model_fields),
    "where": sorted(WhereSettings.model_fields),
}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_value_under_any_key(data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(sorted(KEYS)))
    pairs = ", ".join(
        f"{key}: {data.draw(VALUES)}"
        for key in data.draw(st.lists(st.sampled_from(KEYS[part]), unique=True))
    )
    text = {
        "hub": f"hub: {{{pairs}}}\nsources: []\n",
        "source": f"sources: [{{{pairs}}}]\n",
        "list": f"sources: []\nlists: {{own: {{{pairs}}}}}\n",
        "where": f"sources: []\nlists: {{own: {{where: {{{pairs}}}}}}}\n",
    }[part]
    outcome(text.encode())


@given(st.integers(0, 10**8))
def test_durations_read_back_as_written(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert parse_duration(format_duration(length)) == length


@given(st.text(alphabet=string.digits + "smhdw .-", max_size=12))
def test_durations_never_raise(text: str) -> None:
    parse_duration(text)
