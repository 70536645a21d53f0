"""The JSON API: values, paging, refusals that say what is wrong, and its own description."""

import asyncio
import json
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedhub.serve import build_app


@pytest.fixture
def ask(site, serve, fetch):
    base = serve(site)

    def asked(path, status=200):
        got = fetch(base, f"/api/v1{path}")
        assert got.status == status, got.text
        assert got.headers["access-control-allow-origin"] == "*"
        assert got.headers["content-type"] == "application/json; charset=utf-8"
        return json.loads(got.text)

    return asked


def test_lists_and_their_places(ask):
    assert [one["slug"] for one in ask("/lists")["lists"]] == ["senaste", "popular"]
    popular = ask("/lists/popular?limit=3")
    assert popular["order"] == "popular"
    assert [one["position"] for one in popular["entries"]] == [1, 2, 3]
    first = popular["entries"][0]
    assert first["number"] == {"value": 2, "unit": "voices"}
    assert (first["story"], first["item"]["id"], first["also"][0]["id"]) == ("s1", "i1", "i9")
    assert first["reasons"][0]["code"] == "voices"
    rest = ask(f"/lists/popular?limit=3&cursor={popular['next_cursor']}")
    assert [one["position"] for one in rest["entries"]] == [4]
    assert rest["next_cursor"] is None


def test_items_come_page_by_page(ask):
    seen, cursor = [], ""
    while True:
        page = ask(f"/items?limit=2{cursor}")
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ["i1", "i2", "i3", "i4", "i9"]
    assert ask("/items?category=sport")["items"] == ask("/items?category=%00")["items"] == []
    assert len(ask("/items?source=1&since=25m")["items"]) == 2
    assert len(ask("/items?since=2026-11-24T08:00:00Z")["items"]) == 1


def test_one_of_each(ask):
    assert ask("/items/i1")["summary"] == "Kommunen säger ja till en ny pir."
    story = ask("/stories/s1")
    assert (story["voices"], len(story["items"])) == (2, 2)
    assert story["places"][0]["list"] == "Populärt just nu"
    assert ask("/sources")["sources"][0]["outcome"] == "ok"
    assert ask("/sources/1")["due_reason"] == "källans egen takt"
    assert ask("/explain?story=s1&list=popular")["voices"] == ["sundet.example"]
    found = ask("/search?q=hamnen&limit=4")
    assert (len(found["items"]), found["next_cursor"]) == (4, "4")
    assert len(ask("/search?q=hamnen&limit=4&cursor=4")["items"]) == 1


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/items?limit=0", "limit"),
        ("/items?limit=9999", "limit"),
        ("/items?limit=x", "limit"),
        ("/items?cursor=99", "cursor"),
        ("/items?cursor=-99999999999.1", "cursor"),
        ("/items?source=i1", "source"),
        ("/items?since=ig%C3%A5r", "since"),
        ("/items?sida=2", "sida"),
        ("/lists?limit=2", "limit"),
        ("/lists/senaste?cursor=-1", "cursor"),
        ("/search", "q"),
        ("/search?q=%20", "q"),
        ("/search?q=a&cursor=99999", "cursor"),
        ("/explain?list=popular", "story"),
        ("/explain?story=s1&list=senaste", "list"),
    ],
)
def test_a_parameter_that_is_not_understood_is_named(ask, path, parameter):
    said = ask(path, 400)
    assert (said["error"], said["parameter"]) == ("bad_parameter", parameter)
    assert len(said["message"]) > 10


@pytest.mark.parametrize(
    "path",
    ["/items/i77", "/items/s1", "/stories/x", "/sources/77", "/lists/finns-inte", "/", "/x/y",
     "/explain?story=s77&list=popular"],
)  # fmt: skip
def test_what_is_not_there_is_said_in_json(ask, path):
    assert ask(path, 404)["error"] == "not_found"


def test_merged_ids_lead_on(site, serve, fetch):
    base = serve(site)
    for path, where in (("items/i99", "items/i1"), ("stories/s99", "stories/s1")):
        got = fetch(base, f"/api/v1/{path}")
        assert (got.status, got.headers["location"]) == (308, f"/api/v1/{where}")


def test_the_api_has_validators_and_methods_like_the_rest(site, serve, fetch):
    base = serve(site)
    etag = fetch(base, "/api/v1/lists").headers["etag"]
    assert fetch(base, "/api/v1/lists", If_None_Match=etag).status == 304
    assert fetch(base, "/api/v1/lists", "POST").status == 405


def test_answers_are_as_the_description_says(ask):
    """Each answer against its schema, read by the few words of JSON Schema that it uses."""
    described = ask("/openapi.json")
    schemas = described["components"]["schemas"]
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool,
             "array": list, "object": dict, "null": type(None)}  # fmt: skip

    def check(value, schema, where):
        if "$ref" in schema:
            schema = schemas[schema["$ref"].rpartition("/")[2]]
        for one in schema.get("allOf", ()):
            check(value, one, where)
        if "anyOf" in schema:
            assert value is None or "properties" in schema["anyOf"][0], where
            return
        if "type" in schema:
            types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            assert isinstance(value, tuple(kinds[name] for name in types)), (where, value)
        if value is None:
            return
        for name in schema.get("required", ()):
            assert name in value, (where, name)
        for name, inside in schema.get("properties", {}).items():
            if isinstance(value, dict) and name in value:
                check(value[name], inside, f"{where}.{name}")
        if isinstance(value, list):
            for one in value:
                check(one, schema["items"], f"{where}[]")

    addresses = {
        "/lists": "/lists",
        "/lists/{slug}": "/lists/popular",
        "/items": "/items",
        "/items/{id}": "/items/i1",
        "/stories/{id}": "/stories/s1",
        "/sources": "/sources",
        "/sources/{id}": "/sources/1",
        "/search": "/search?q=hamnen",
        "/explain": "/explain?story=s1&list=popular",
    }
    assert set(addresses) == set(described["paths"])
    for path, address in addresses.items():
        answers = described["paths"][path]["get"]["responses"]
        schema = answers["200"]["content"]["application/json"]["schema"]
        check(ask(address), schema, address)
        assert answers["400"]


VALUES = st.text(max_size=30) | st.sampled_from(
    ["1", "0", "-1", "s1", "i1", "9" * 30, "1.1", "7d", "9999w", "2026-01-01", "0001-01-01T00:00",
     "9999-12-31T23:59:59-14:00", "-62135596800.1", "popular", "\x00", "*", '"', "NEAR(", "hamnen"]
)  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(
        ["/lists", "/lists/popular", "/items", "/items/i1", "/stories/s1", "/sources", "/sources/1",
         "/search", "/explain"]
    ),
    st.dictionaries(
        st.sampled_from(["q", "source", "category", "since", "limit", "cursor", "story", "list"])
        | st.text(max_size=5),
        VALUES,
        max_size=4,
    ),
)  # fmt: skip
def test_no_question_breaks_it(site, path, query):
    """Whatever is asked, the answer is one of those that the description knows."""
    said = []

    async def run():
        text = urlencode({k: v.encode("utf-8", "replace") for k, v in query.items()})
        scope = {
            "type": "http", "method": "GET", "path": f"/api/v1{path}", "raw_path": b"",
            "query_string": text.encode(), "headers": [], "root_path": "", "scheme": "http",
            "server": ("a", 80), "client": ("b", 1), "http_version": "1.1",
        }  # fmt: skip

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            said.append(message)

        await build_app(site)(scope, receive, send)

    asyncio.run(run())
    assert said[0]["status"] in (200, 400, 404)
    json.loads(said[1]["body"])
