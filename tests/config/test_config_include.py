"""``include:``, ``defaults:``, ``groups:``: several files read as one, mistakes at their place."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from structlog.testing import capture_logs

from feedhub.config import load_config
from feedhub.config.edit import New, add_source, add_sources, remove_source, replace_url
from feedhub.errors import ConfigErrors
from feedhub.model import Auth, Config
from feedhub.reload import Watch

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """``write("feeds.yaml", "text")``: the path, as from within the folder."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, text: str) -> Path:
        path = Path(name)
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, "utf-8")
        return path

    return write


def lines(path: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigErrors) as caught:
        load_config(path, {})
    return caught.value.lines


def urls(config: Config) -> list[str]:
    return [source.url.removeprefix("https://").rstrip("/") for source in config.sources]


class TestInclude:
    def test_files_are_read_in_order_and_relative_to_the_one_that_names_them(
        self, write: Write
    ) -> None:
        write("a/one.yaml", "include: two.yaml\nsources: [https://one.se]\n")
        write("a/two.yaml", "sources: [https://two.se]\nlists: {sport: {limit: 5}}\n")
        write("b.yaml", "sources: [https://b.se]\n")
        main = write("feeds.yaml", "include: [a/one.yaml, b.yaml]\nsources: [https://main.se]\n")
        config = load_config(main, {})
        assert urls(config) == ["main.se", "one.se", "two.se", "b.se"]
        assert [spec.slug for spec in config.lists] == ["senaste", "popular", "sport"]
        assert set(config.watched) == {"feeds.yaml", "a/one.yaml", "a/two.yaml", "b.yaml"}

    def test_a_pattern_takes_all_that_fit_by_name_and_never_itself(self, write: Write) -> None:
        write("d/2.yaml", "sources: [https://two.se]\n")
        write("d/1.yaml", "sources: [https://one.se]\n")
        write("d/.hidden.yaml", "broken: [")
        main = write("feeds.yaml", "include: ['d/*.yaml', '*.yaml', 'none/*.yaml']\n")
        assert urls(load_config(main, {})) == ["one.se", "two.se"]

    def test_mistakes_name_the_file_they_are_in(self, write: Write) -> None:
        write("a.yaml", "sources:\n  - url: https://a.se\n    intervall: 15m\nhub: {title: A}\n")
        write("b.yaml", "sources:\n\t- https://b.se\n")
        main = write("feeds.yaml", "hub: {titel: X}\ninclude: [a.yaml, b.yaml, c.yaml]\n")
        assert lines(main) == (
            'feeds.yaml:1:7: hub: unknown key "titel"; did you mean "title"?',
            "feeds.yaml:2:27: include[2]: c.yaml: there is no such file",
            'a.yaml:3:5: sources[0]: unknown key "intervall"; did you mean "interval"?',
            "a.yaml:4:1: hub: stands in the main file alone; move it there",
            "b.yaml:2:1: YAML: a tab cannot indent YAML; use spaces",
        )

    @pytest.mark.parametrize(
        ("files", "wrong"),
        [
            (
                {"a.yaml": "include: feeds.yaml\n"},
                'a.yaml:1:10: include: "feeds.yaml" is read already; include it once',
            ),
            (
                {"a.yaml": "include: b.yaml\n", "b.yaml": "include: ./a.yaml\n"},
                'b.yaml:1:10: include: "./a.yaml" is read already; include it once',
            ),
            ({}, "feeds.yaml:1:10: include: a.yaml: there is no such file"),
            (
                {"a.yaml/x": ""},
                "feeds.yaml:1:10: include: a.yaml: is a directory; name the file in it",
            ),
            ({"a.yaml": ""}, "a.yaml:1:1: the file is empty; it needs at least a sources: list"),
            (
                {"a.yaml": "sources: [https://m.se/]\n"},
                'a.yaml:1:11: sources[0]: "https://m.se/" is already on line 2 of feeds.yaml',
            ),
            (
                {"a.yaml": "sources: [{url: https://x.se, group: sprot}]\n"},
                'a.yaml:1:38: sources[0].group: no group is called "sprot"; did you mean "sport"?',
            ),
            (
                {"a.yaml": "groups: {sport: {weight: 2}}\n"},
                "a.yaml:1:10: groups.sport: is a group of feeds.yaml already",
            ),
            (
                {"a.yaml": "lists: {mine: {limit: 3}}\n"},
                "a.yaml:1:9: lists.mine: is a list of feeds.yaml already",
            ),
        ],
    )
    def test_what_can_be_wrong(self, write: Write, files: dict[str, str], wrong: str) -> None:
        main = write(
            "feeds.yaml",
            "include: a.yaml\nsources: [https://m.se]\ngroups: {sport: {}}\nlists: {mine: {}}\n",
        )
        for name, text in files.items():
            write(name, text)
        assert lines(main) == (wrong,)

    def test_what_never_ends_is_not_read(self, write: Write) -> None:
        os.mkfifo("pipe.yaml")
        main = write("feeds.yaml", 'include: [pipe.yaml, /dev/zero, "a\\0b"]\n')
        assert lines(main) == (
            "feeds.yaml:1:11: include[0]: pipe.yaml: is no regular file",
            "feeds.yaml:1:22: include[1]: /dev/zero: is no regular file",
            "feeds.yaml:1:33: include[2]: is no file's name",
        )

    def test_a_long_chain_ends(self, write: Write) -> None:
        for number in range(30):
            write(f"{number}.yaml", f"include: {number + 1}.yaml\n")
        assert "files, or 20 that include one another" in lines(Path("0.yaml"))[0]


class TestDefaults:
    def test_what_is_nearer_goes_first(self, write: Write) -> None:
        write(
            "a.yaml",
            "defaults: {category: lokalt, weight: 2}\n"
            "sources:\n"
            "  - https://plain.se\n"
            "  - {url: https://grouped.se, group: slow}\n"
            "  - {url: https://own.se, group: slow, category: eget, interval: 10m, language: ~}\n",
        )
        main = write(
            "feeds.yaml",
            "include: a.yaml\n"
            "defaults: {category: alla, language: sv, publisher: p.se}\n"
            "groups: {slow: {interval: 2h, weight: 3, auth: {bearer: t}}}\n"
            "sources: [https://main.se, {url: https://o.se, owner: o.se}]\n",
        )
        found = {source.url[8:].rstrip("/"): source for source in load_config(main, {}).sources}
        assert (found["main.se"].category, found["main.se"].weight) == ("alla", 1)
        assert (found["plain.se"].category, found["plain.se"].weight) == ("lokalt", 2)
        assert (found["grouped.se"].category, found["grouped.se"].weight) == ("lokalt", 3)
        assert found["grouped.se"].interval == timedelta(hours=2)
        assert found["grouped.se"].language == "sv"
        assert found["grouped.se"].auth is not None
        assert found["plain.se"].auth is None
        own = found["own.se"]
        assert (own.category, own.interval, own.language) == ("eget", timedelta(minutes=10), None)
        assert (found["main.se"].publisher, found["o.se"].publisher) == ("p.se", "o.se")

    def test_lists_know_categories_that_come_from_groups(self, write: Write) -> None:
        main = write(
            "feeds.yaml",
            "groups: {s: {category: sport}}\n"
            "sources: [{url: https://a.se, group: s}]\n"
            "lists: {sport: {where: {category: sport}}}\n",
        )
        assert load_config(main, {}).sources[0].category == "sport"

    def test_a_users_own_address_goes_before_the_auth_of_its_group(self, write: Write) -> None:
        main = write(
            "feeds.yaml",
            "groups: {members: {auth: {bearer: t}}}\n"
            "sources:\n"
            "  - {url: 'https://me:secret@a.se', group: members}\n"
            "  - {url: 'https://me:secret@b.se', auth: {bearer: own}}\n"
            "  - {url: https://c.se, group: members}\n",
        )
        found = [source.auth for source in load_config(main, {}).sources]
        assert found == [
            Auth("basic", "me", "secret"),
            Auth("bearer", secret="own"),
            Auth("bearer", secret="t"),
        ]

    def test_credentials_belong_to_groups_and_sources(self, write: Write) -> None:
        main = write("feeds.yaml", "defaults: {auth: {bearer: x}}\nsources: []\n")
        assert 'feeds.yaml:1:12: defaults: unknown key "auth"' in lines(main)[0]


class TestEdits:
    @pytest.fixture
    def main(self, write: Write) -> Path:
        write("a.yaml", "# of the region\nsources:\n  - https://a.se/  # first\n# end\n")
        return write(
            "feeds.yaml", "include: a.yaml  # regions\n# ours\nsources:\n  - https://m.se/\n"
        )

    def test_a_source_is_removed_where_it_is(self, main: Path) -> None:
        before = main.read_text()
        remove_source(main, "https://a.se")
        assert Path("a.yaml").read_text() == "# of the region\nsources:\n# end\n"
        assert main.read_text() == before

    def test_an_address_is_changed_where_it_is(self, main: Path) -> None:
        replace_url(main, "https://a.se", "https://new.se")
        assert "- https://new.se/  # first\n# end" in Path("a.yaml").read_text()
        with pytest.raises(ConfigErrors, match="already there"):
            replace_url(main, "https://new.se", "https://m.se")

    def test_a_source_is_added_to_the_main_file_or_the_one_named(self, main: Path) -> None:
        add_source(main, "https://b.se")
        assert (
            add_sources(main, [New("https://c.se", "C"), New("https://a.se")], to=Path("a.yaml"))
            == 1
        )
        assert "- url: https://c.se/\n    name: C\n# end" in Path("a.yaml").read_text()
        assert urls(load_config(main, {})) == ["m.se", "b.se", "a.se", "c.se"]
        with pytest.raises(ConfigErrors, match=r"does not include other\.yaml"):
            add_sources(main, [New("https://d.se")], to=Path("other.yaml"))
        with pytest.raises(ConfigErrors, match="already there"):
            add_source(main, "https://a.se/")

    def test_what_would_make_a_mistake_is_not_written(self, write: Write) -> None:
        text = (
            "sources:\n- {url: https://a.se, category: sport}\n"
            "- {url: https://b.se, category: sprot}\nlists:\n  x: {where: {category: sport}}\n"
        )
        main = write("feeds.yaml", text)
        with pytest.raises(ConfigErrors) as caught:
            remove_source(main, "https://a.se")
        assert caught.value.lines == (
            "feeds.yaml: not changed, for then there would be a mistake:",
            'feeds.yaml:4:25: lists.x.where.category: no source has the category "sport";'
            ' did you mean "sprot"?',
        )
        assert main.read_text() == text
        remove_source(main, "https://b.se")
        remove_source(main, "https://a.se")
        (note,) = load_config(main, {}).notes
        assert note.startswith("feeds.yaml:3:25: lists.x.where.category: no source has")


class TestWatching:
    def test_a_change_of_any_file_is_seen(self, write: Write) -> None:
        write("a.yaml", "sources: [https://a.se]\n")
        main = write("feeds.yaml", "include: ['*.yaml']\n")
        watch = Watch(load_config(main, {}))
        assert watch.changed() is None
        write("a.yaml", "sources: [https://changed.se]\n")
        found = watch.changed()
        assert found is not None
        assert urls(found) == ["changed.se"]
        watch.taken(found)
        assert watch.changed() is None
        write("b.yaml", "sources: [https://b.se]\n")
        found = watch.changed()
        assert found is not None
        assert urls(found) == ["changed.se", "b.se"]

    def test_a_mistake_in_an_included_file_and_its_mending(self, write: Write) -> None:
        main = write("feeds.yaml", "include: a.yaml\nsources: []\n")
        write("a.yaml", "sources: [https://a.se]\n")
        watch = Watch(load_config(main, {}))
        write("a.yaml", "sources: [https://a.se, nonsense]\n")
        assert watch.changed() is None
        assert watch.mistakes[0].startswith("a.yaml:1:25: sources[1]")
        write("a.yaml", "sources: [https://a.se, https://b.se]\n")
        found = watch.changed()
        assert found is not None
        assert urls(found) == ["a.se", "b.se"]
        assert watch.mistakes == ()

    def test_a_file_that_is_not_there_yet(self, write: Write) -> None:
        main = write("feeds.yaml", "sources: []\n")
        watch = Watch(load_config(main, {}))
        write("feeds.yaml", "include: later.yaml\nsources: []\n")
        assert watch.changed() is None
        assert "there is no such file" in watch.mistakes[0]
        watch.changed()
        write("later.yaml", "sources: [https://a.se]\n")
        found = watch.changed()
        assert found is not None
        assert urls(found) == ["a.se"]

    @pytest.mark.parametrize(
        "pattern", ["later/*.yaml", "*/*.yaml", "a/later/b/*.yaml", "[/*.yaml"]
    )
    def test_a_folder_that_is_not_there_yet(self, write: Write, pattern: str) -> None:
        main = write("feeds.yaml", f"include: '{pattern}'\nsources: []\n")
        watch = Watch(load_config(main, {}))
        watch.changed()
        assert watch.changed() is None
        write(pattern.replace("*/", "later/").replace("*.", "one."), "sources: [https://a.se]\n")
        found = watch.changed()
        assert found is not None
        assert urls(found) == ["a.se"]

    def test_what_may_not_be_looked_at_is_a_mistake_and_no_more(
        self, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As where a link leads into a folder of another user; root may look everywhere."""
        main = write("feeds.yaml", "include: 'd/*.yaml'\nsources: []\n")
        watch = Watch(load_config(main, {}))
        there = write("d/link.yaml", "sources: [https://a.se]\n")
        stat = os.stat

        def refused(path: object, *args: object, **more: object) -> os.stat_result:
            if str(path) == str(there):
                raise PermissionError(errno.EACCES, "Permission denied", str(there))
            return stat(path, *args, **more)  # type: ignore[call-overload, no-any-return]

        monkeypatch.setattr(os, "stat", refused)
        assert watch.changed() is None
        assert watch.mistakes == (
            "feeds.yaml:1:10: include: d/link.yaml: cannot be read: Permission denied",
        )

    def test_a_pipe_is_read_once(self, write: Write) -> None:
        """As in ``feedhub run -c <(sops -d feeds.yaml)``."""
        config = load_config(write("feeds.yaml", "sources: [https://a.se]\n"), {})
        watch = Watch(config)
        Path("feeds.yaml").unlink()
        os.mkfifo("feeds.yaml")
        looked: list[Config | None] = []
        looking = Thread(target=lambda: looked.append(watch.changed()), daemon=True)
        looking.start()
        looking.join(5)
        assert looked == [None]
        assert watch.mistakes == ()

    def test_who_asks_is_answered_though_nothing_has_changed(self, write: Write) -> None:
        config = load_config(write("feeds.yaml", "sources: [https://a.se]\n"), {})
        watch = Watch(config)
        watch.changed()
        watch.ask()
        assert watch.changed() == config
        assert watch.changed() is None

    def test_that_a_mistake_has_gone_is_told_also_where_nothing_changes_by_it(
        self, write: Write
    ) -> None:
        text = "sources: [https://a.se]\n"
        main = write("feeds.yaml", text)
        watch = Watch(load_config(main, {}))
        watch.changed()
        write("feeds.yaml", text + "sourcez: []\n")
        with capture_logs() as log:
            assert watch.changed() is None
            write("feeds.yaml", text)
            assert watch.changed() is None
        assert [line["event"] for line in log] == [
            "feeds.yaml is not right; the old one stays in force",
            "feeds.yaml is right again",
        ]
