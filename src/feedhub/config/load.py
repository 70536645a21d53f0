"""feeds.yaml -> Config: read, validate, add the defaults, and say every mistake at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from feedhub.config.checks import cross_checks, notes
from feedhub.config.document import Mistake
from feedhub.config.document import Path as Place
from feedhub.config.fields import normal_url, without_user
from feedhub.config.files import File, read_files
from feedhub.config.list_settings import ListSettings, WhereSettings
from feedhub.config.report import lines_of, mistakes_of
from feedhub.config.settings import FileSettings, HubSettings, IncludedSettings
from feedhub.config.source_settings import (
    AuthSettings,
    DefaultsSettings,
    RuleSettings,
    SourceSettings,
)
from feedhub.config.veil import veiled
from feedhub.errors import ConfigErrors
from feedhub.model import (
    Access,
    Auth,
    Config,
    DropRule,
    Hub,
    ListSpec,
    Order,
    ParseRules,
    Source,
    Where,
)

# The two lists that every hub has, under the names that the news page gave them. Other
# languages than Swedish get English titles, which more readers know than any other.
_STANDING: Final[tuple[tuple[str, Order, Mapping[str, str]], ...]] = (
    ("senaste", "latest", {"sv": "Senaste nytt", "en": "Latest"}),
    ("popular", "popular", {"sv": "Populärt just nu", "en": "Popular right now"}),
)

# What may change without changing any list: how a source is reached, and what words stand
# around a list. All else ranks, also what later versions add, since ranking once too often
# costs a tick and once too seldom leaves a wrong list standing.
_UNRANKED: Final = frozenset(
    (
        *("url", "interval", "encoding", "content", "rate_group", "allow_private"),
        *("headers", "auth", "proxy", "ca_file", "timeout", "rules", "secrets"),
        *("title", "description", "access", "keep", "keep_count"),
    )
)


def load_config(
    path: Path, environ: Mapping[str, str], instead: Mapping[str, bytes] | None = None
) -> Config:
    """The configuration in the file at ``path``, with ``${NAME}`` taken from ``environ``.

    What may be meant and may be a slip is in the ``notes`` of the Config. Raises ConfigErrors,
    whose lines name file, line and column, for whatever is wrong: with the file itself, its
    YAML, or its values. ``instead`` is for trying an edit: what files, by their real paths,
    would say.
    """
    found = read_files(path, environ, instead)
    by_file: dict[int, list[Mistake]] = {}
    parts: list[tuple[File, IncludedSettings]] = []
    for file in found.files:
        mistakes = by_file[id(file)] = list(file.document.mistakes)
        if file.document.value is None and mistakes:
            continue
        model = FileSettings if file.parent is None else IncludedSettings
        try:
            settings = model.model_validate(
                file.document.value, context={"folder": file.path.parent}
            )
        except ValidationError as error:
            mistakes += mistakes_of(error, file.document)
        else:
            parts.append((file, settings))
    for file, mistake in cross_checks(found.files):
        by_file[id(file)].append(mistake)
    lines = [line for file in found.files for line in lines_of(by_file[id(file)], file.name)]
    if lines:
        raise ConfigErrors(lines, watched=found.watched)
    said = tuple(line for file, note in notes(found.files) for line in lines_of([note], file.name))
    config = _config(parts, str(path), tuple(found.watched), said)
    return replace(config, telling=tuple(file.name for file in found.files if _tells(file)))


def _tells(file: File) -> bool:
    """Whether a secret stands in the file itself, not in the environment."""
    return any(
        _is_secret(place, text)
        for place, text in file.document.written.items()
        if not file.document.filled.get(place)
    )


def _is_secret(place: Place, text: str) -> bool:
    if place[-1:] in (("password",), ("bearer",), ("token",)) or place[-2:-1] == ("headers",):
        return bool(text)
    address = normal_url(text) if "@" in text and place[:1] == ("sources",) else None
    return address is not None and any(without_user(address)[1:])


def _config(
    parts: list[tuple[File, IncludedSettings]],
    path: str,
    watched: tuple[str, ...],
    said: tuple[str, ...],
) -> Config:
    main = parts[0][1]
    hub = _hub((main.hub if isinstance(main, FileSettings) else None) or HubSettings())
    sources = tuple(_source(each, references) for each, references in _sources(parts))
    own_lists = {slug: spec for _, part in parts for slug, spec in (part.lists or {}).items()}
    lists = tuple(_lists(own_lists, hub.language, sources))
    return Config(
        hub=hub,
        sources=sources,
        lists=lists,
        path=path,
        watched=watched,
        notes=said,
        fingerprint=_fingerprint(hub, sources, lists),
    )


def _sources(
    parts: list[tuple[File, IncludedSettings]],
) -> Iterator[tuple[SourceSettings, list[tuple[str, str]]]]:
    """All sources in order, each with what its group and the defaults say where it does not, and
    with what the environment gave for its address.

    What is nearer goes first: the source itself, its group, the defaults of its file, and those
    of the files that include it.
    """
    groups = {name: each for _, part in parts for name, each in (part.groups or {}).items()}
    by_file = {id(file): part for file, part in parts}
    for file, part in parts:
        shared: dict[str, Any] = {}
        above: File | None = file
        while above is not None:
            shared = _said(by_file[id(above)].defaults) | shared
            above = above.parent
        for number, source in enumerate(part.sources or ()):
            group = groups[source.group] if source.group else None
            own, given = _said(source), shared | _said(group)
            if own.get("owner"):
                given.pop("publisher", None)
            if any(without_user(source.url)[1:]):
                given.pop("auth", None)  # its own, before the @ of its address
            place, filled = ("sources", number), file.document.filled
            references = filled.get((*place, "url")) or filled.get(place) or []
            whole = SourceSettings.model_construct(**(given | own)) if given else source
            yield whole, references


def _said(settings: DefaultsSettings | None) -> dict[str, Any]:
    """The keys that the file gives, null among them, with their values."""
    return {key: getattr(settings, key) for key in settings.model_fields_set} if settings else {}


def _hub(settings: HubSettings) -> Hub:
    host, port = settings.listen
    return Hub(
        title=settings.title,
        base_url=settings.base_url or _reached_at(host, port),
        listen_host=host,
        listen_port=port,
        language=settings.language,
        timezone=settings.timezone,
        contact=settings.contact,
        description=settings.description or "",
        images=settings.images,
        clicks=settings.clicks,
        access=_access(settings),
        websub_hubs=settings.websub_hubs,
        keep=settings.keep,
        keep_count=settings.keep_count,
        keep_log=settings.keep_log,
        keep_history=settings.keep_history,
    )


def _access(settings: HubSettings | ListSettings) -> Access | None:
    if settings.token is None and settings.login is None:
        return None
    login = settings.login
    return Access(
        token=settings.token or "",
        user=login.user if login else "",
        password=login.password if login else "",
    )


def _reached_at(host: str, port: int) -> str:
    """Where this machine reaches the server itself: all addresses are also the loopback one."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def _source(settings: SourceSettings, references: list[tuple[str, str]]) -> Source:
    # What stands before the @ of an address would else end in the database and in logs.
    url, user, password = without_user(settings.url)
    url, secrets = veiled(url, references)
    auth = Auth(kind="basic", user=user, secret=password) if user or password else None
    return Source(
        key=settings.id or url,
        url=url,
        secrets=secrets,
        name=settings.name,
        publisher=settings.publisher or settings.owner,
        category=settings.category,
        interval=settings.interval,
        language=settings.language,
        timezone=settings.timezone,
        encoding=settings.encoding,
        content=settings.content,
        weight=settings.weight,
        role=settings.role,
        ordered=settings.ordered,
        rate_group=settings.rate_group,
        allow_private=settings.allow_private,
        enabled=settings.enabled,
        rules=ParseRules(
            strip_title=settings.strip_title,
            strip_title_end=settings.strip_title_end,
            strip_kicker=settings.strip_kicker,
            drop=tuple(_rule(each) for each in settings.drop or ()),
            paywall=tuple(_rule(each) for each in settings.paywall or ()),
            fast=settings.fast,
        ),
        headers=tuple((settings.headers or {}).items()),
        auth=_auth(settings.auth) if settings.auth else auth,
        proxy=settings.proxy,
        ca_file=settings.ca_file,
        timeout=settings.timeout,
        keep=settings.keep,
        keep_count=settings.keep_count,
    )


def _auth(settings: AuthSettings) -> Auth:
    if settings.bearer:
        return Auth(kind="bearer", secret=settings.bearer)
    return Auth(kind="basic", user=settings.user or "", secret=settings.password or "")


def _rule(settings: RuleSettings) -> DropRule:
    name = settings.name or ""
    if settings.link:
        return DropRule(field="link", pattern=settings.link, name=name)
    if settings.category:
        return DropRule(field="category", pattern=settings.category, name=name)
    return DropRule(field="title", pattern=settings.title or "", name=name)


def _lists(
    settings: Mapping[str, ListSettings | None], language: str, sources: tuple[Source, ...]
) -> list[ListSpec]:
    """The standing lists first, as changed or removed, then the file's own in their order."""
    result = []
    for slug, order, titles in _STANDING:
        standing = ListSpec(
            slug=slug,
            title=titles.get(language.partition("-")[0], titles["en"]),
            order=order,
            fair=order == "latest",
        )
        if slug not in settings:
            result.append(standing)
            continue
        changed = settings[slug]
        if changed is not None:
            result.append(_list(changed, standing, sources))
    known = {slug for slug, _, _ in _STANDING}
    for slug, own in settings.items():
        if slug not in known and own is not None:
            result.append(
                _list(own, ListSpec(slug=slug, title=slug.capitalize(), order="latest"), sources)
            )
    return result


def _list(settings: ListSettings, base: ListSpec, sources: tuple[Source, ...]) -> ListSpec:
    """``base`` with what the file says; a key that is left out leaves the default."""
    order = settings.order or base.order
    return ListSpec(
        slug=base.slug,
        title=settings.title or base.title,
        order=order,
        limit=settings.limit or base.limit,
        window=settings.window or base.window,
        where=_where(settings.where, sources) if settings.where else base.where,
        description=settings.description or base.description,
        fair=order == "latest" if settings.fair is None else settings.fair,
        collapse=base.collapse if settings.collapse is None else settings.collapse == "story",
        weights=settings.weights.model_dump(exclude_none=True)
        if settings.weights
        else base.weights,
        access=_access(settings),
        keep=base.keep if settings.keep is None else settings.keep,
    )


def _named(name: str, sources: tuple[Source, ...]) -> Iterator[str]:
    """A source's name or key as it stands; an address gives the keys of what is there."""
    url = normal_url(name)
    keys = [each.key for each in sources if url and each.unveiled(each.url) == without_user(url)[0]]
    yield from keys or [name]


def _where(settings: WhereSettings, sources: tuple[Source, ...]) -> Where:
    return Where(
        category=frozenset(settings.category),
        source=frozenset(key for name in settings.source for key in _named(name, sources)),
        publisher=frozenset(settings.publisher),
        language=frozenset(settings.language),
        words=settings.words,
        exclude_words=settings.exclude_words or settings.not_words,
        min_voices=settings.min_voices,
        max_age=settings.max_age,
    )


# json.dumps makes an encoder anew at every call with options
_encode: Final = json.JSONEncoder(sort_keys=True).encode


def _fingerprint(hub: Hub, sources: tuple[Source, ...], lists: tuple[ListSpec, ...]) -> str:
    """Sixteen hex digits over everything that decides which items stand where in a list."""
    ranked = {
        "timezone": hub.timezone,  # what a day is
        "sources": sorted(_encode(_plain(source)) for source in sources),
        "lists": [_plain(spec) for spec in lists],
    }
    text = _encode(ranked)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


_AS_THEY_ARE: Final = frozenset((str, int, float, bool, type(None)))


@cache
def _ranked_fields(kind: type[Any]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind) if each.name not in _UNRANKED)


def _plain(value: object) -> object:
    """JSON values of a model value, in one order, without what does not rank."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if is_dataclass(kind):
        return {name: _plain(getattr(value, name)) for name in _ranked_fields(kind)}
    match value:
        case Enum():
            return value.value
        case timedelta():
            return value.total_seconds()
        case frozenset():
            return sorted(str(each) for each in value)
        case tuple():
            return [_plain(each) for each in value]
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items()}
        case _:
            return value
