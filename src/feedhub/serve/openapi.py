"""The description of the JSON API (OpenAPI 3.1), with examples of every parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from feedhub.serve.asking import MAX_LIMIT, MAX_OFFSET

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_WHOLE: Schema = {"type": "integer"}
_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}
_NUMBER_OR_NULL: Schema = {"type": ["number", "null"]}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _many(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_ITEM = _object(
    id={"type": "string", "pattern": "^i[0-9]+$"},
    title=_TEXT,
    url=_TEXT_OR_NULL,
    page=_TEXT,
    summary=_TEXT,
    authors=_many(_TEXT),
    outlet=_TEXT,
    publisher=_TEXT,
    source=_WHOLE,
    section=_TEXT_OR_NULL,
    categories=_many(_TEXT),
    language=_TEXT_OR_NULL,
    published=_TIME,
    told=_TIME,
    updated=_TIME,
    story=_TEXT_OR_NULL,
    image=_TEXT_OR_NULL,
    comments={"type": ["integer", "null"]},
    paywall={"type": "boolean"},
)
_REASON = _object(code=_TEXT, points=_NUMBER_OR_NULL, values={"type": "object"}, text=_TEXT)
_PLACE = _object(
    position=_WHOLE,
    story=_TEXT,
    number={"anyOf": [_object(value=_WHOLE, unit=_TEXT), {"type": "null"}]},
    voices=_WHOLE,
    score=_NUMBER_OR_NULL,
    item=_ref("Item"),
    also=_many(_ref("Item")),
    reasons=_many(_ref("Reason")),
)
_LIST = _object(
    slug=_TEXT,
    title=_TEXT,
    description=_TEXT,
    order={"enum": ["latest", "popular"]},
    places=_WHOLE,
    tick=_TIME,
    updated=_TIME,
    note=_TEXT,
    note_code=_TEXT,
    page=_TEXT,
    feed=_TEXT,
)
_STORY = _object(
    id={"type": "string", "pattern": "^s[0-9]+$"},
    title=_TEXT,
    page=_TEXT,
    voices=_WHOLE,
    items=_many(_ref("Item")),
    places=_many(_object(list=_TEXT, position=_WHOLE, reasons=_many(_ref("Reason")))),
)
_SOURCE = _object(
    id=_WHOLE,
    name=_TEXT,
    publisher=_TEXT_OR_NULL,
    url=_TEXT_OR_NULL,
    page=_TEXT,
    category=_TEXT_OR_NULL,
    enabled={"type": "boolean"},
    outcome=_TEXT_OR_NULL,
    reason=_TEXT,
    items=_WHOLE,
    newest=_TIME,
    last_fetch=_TIME,
    last_ok=_TIME,
    next_due=_TIME,
    due_reason=_TEXT,
    errors=_WHOLE,
    usual_gap_seconds={"type": ["integer", "null"]},
    dates={
        "type": ["object", "null"],
        "properties": {"count": _WHOLE, "believed": _WHOLE},
        "required": ["count", "believed"],
    },
    silent_seconds={"type": ["integer", "null"]},
    guids_trusted={"type": "boolean"},
)
_EXPLAINED = _object(
    story=_TEXT,
    list=_TEXT,
    position={"type": ["integer", "null"]},
    score=_NUMBER_OR_NULL,
    voices=_many(_TEXT),
    above_floor={"type": "boolean"},
    reasons=_many(_ref("Reason")),
)
_ERROR: Schema = {
    "type": "object",
    "required": ["error", "message"],
    "properties": {"error": _TEXT, "parameter": _TEXT, "message": _TEXT},
}
_SCHEMAS = {
    "Item": _ITEM,
    "Reason": _REASON,
    "Place": _PLACE,
    "List": _LIST,
    "Story": _STORY,
    "Source": _SOURCE,
    "Explained": _EXPLAINED,
    "Error": _ERROR,
}

_AGE: Schema = {"type": "string", "pattern": "^[0-9]{1,4}[mhdw]$"}
_LIMIT: Schema = {
    "name": "limit",
    "in": "query",
    "description": "How many on a page.",
    "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
}
_CURSOR: Schema = {
    "name": "cursor",
    "in": "query",
    "description": "The next_cursor of the answer before; it is opaque.",
    "schema": {"type": "string", "pattern": r"^[0-9]{1,10}\.[0-9]{1,18}$"},
    "example": "1795507200.12",
}
_OFFSET: Schema = _CURSOR | {
    "schema": {"type": "string", "pattern": "^[0-9]{1,4}$"},
    "description": f"The next_cursor of the answer before; it goes to {MAX_OFFSET}.",
    "example": "50",
}
_FILTERS: tuple[Schema, ...] = (
    {
        "name": "source",
        "in": "query",
        "description": "Of this source alone; may be repeated.",
        "schema": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 10**9}},
        "style": "form",
        "explode": True,
    },
    {
        "name": "category",
        "in": "query",
        "description": "Of this section alone.",
        "schema": _TEXT,
    },
    {
        "name": "since",
        "in": "query",
        "description": "Told since a time, or an age: 12h, 7d, 2w.",
        "schema": {"anyOf": [_AGE, {"type": "string", "format": "date-time"}]},
        "example": "7d",
    },
)


def _path(name: str, pattern: str, description: str) -> Schema:
    schema = {"type": "string", "pattern": pattern}
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": schema,
        "description": description,
    }


def _required(name: str, schema: Schema, description: str) -> Schema:
    return {
        "name": name,
        "in": "query",
        "required": True,
        "schema": schema,
        "description": description,
    }


def _page_of(key: str, name: str) -> Schema:
    return _object(**{key: _many(_ref(name)), "next_cursor": _TEXT_OR_NULL})


def _get(
    summary: str, answer: Schema, *parameters: Schema, absent: bool = False, merged: bool = False
) -> Schema:
    def said(description: str, schema: Schema) -> Schema:
        return {"description": description, "content": {"application/json": {"schema": schema}}}

    answers: Schema = {
        "200": said("What was asked for.", answer),
        "400": said("A parameter is not understood; the answer says which.", _ref("Error")),
    }
    if absent:
        answers["404"] = said("It is not there.", _ref("Error"))
    if merged:
        answers["308"] = {"description": "It was merged into another, which Location names."}
    return {"get": {"summary": summary, "parameters": list(parameters), "responses": answers}}


def document(base: str, version: str, popular: Sequence[str]) -> Schema:
    """The whole description; ``base`` is where the API is served, ``popular`` the slugs of lists
    that can be explained."""
    item_id = _path("id", "^i[0-9]{1,18}$", "The id of an item.")
    story_id = _path("id", "^s[0-9]{1,18}$", "The id of a story.")
    source_id = _path("id", "^[0-9]{1,18}$", "The number of a source.")
    slug = _path("slug", "^[a-z0-9][a-z0-9-]{0,62}$", "The name of a list.")
    whole_list = {"allOf": [_ref("List"), _page_of("entries", "Place")]}
    text = _required(
        "q",
        {"type": "string", "minLength": 1, "pattern": r"\w"},
        "Words that an item must hold; each may be the beginning of one.",
    )
    of_story = _required(
        "story", {"type": "string", "pattern": "^s[0-9]{1,18}$"}, "The id of a story."
    )
    of_list = _required(
        "list", {"enum": list(popular)} if popular else _TEXT, "The slug of a popular list."
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "feedhub",
            "version": version,
            "description": "Lists, items, stories and sources of a hub. Read only, CORS for all.",
        },
        "servers": [{"url": base}],
        "paths": {
            "/lists": _get("Every list", _object(lists=_many(_ref("List")))),
            "/lists/{slug}": _get("A list", whole_list, slug, _LIMIT, _OFFSET, absent=True),
            "/items": _get(
                "Items, the newest first", _page_of("items", "Item"), *_FILTERS, _LIMIT, _CURSOR
            ),
            "/items/{id}": _get("An item", _ref("Item"), item_id, absent=True, merged=True),
            "/stories/{id}": _get("A story", _ref("Story"), story_id, absent=True, merged=True),
            "/sources": _get(
                "Sources and how they fare", _page_of("sources", "Source"), _LIMIT, _OFFSET
            ),
            "/sources/{id}": _get("A source", _ref("Source"), source_id, absent=True),
            "/search": _get(
                "Items that hold words, the best match first",
                _page_of("items", "Item"),
                text,
                *_FILTERS,
                _LIMIT,
                _OFFSET,
            ),
            "/explain": _get(
                "What a story scores in a list now",
                _ref("Explained"),
                of_story,
                of_list,
                absent=True,
            ),
        },
        "components": {"schemas": _SCHEMAS},
    }
