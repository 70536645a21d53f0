"""Requests made up from our own OpenAPI description: none breaks, each answer is as described."""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedhub.serve.openapi import document

OPERATIONS = [
    (path, method)
    for path, methods in document("http://hub.example/api/v1", "0", ["popular"])["paths"].items()
    for method in methods
    if path != "/events"  # an answer without an end
]
EXAMPLES = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def description(site, serve, fetch):
    """The description as the hub gives it, read by schemathesis, and where the hub is."""
    base = serve(site)
    said = json.loads(fetch(base, "/api/v1/openapi.json").body)
    return schemathesis.openapi.from_dict(said), f"{base}/api/v1"


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_no_request_breaks_the_api(description, path, method):
    schema, base = description

    @EXAMPLES
    @given(st.data())
    def attack(data):
        case = data.draw(schema[path][method].as_strategy())
        answer = case.call(base_url=base)
        case.validate_response(answer)
        if answer.status_code == 400:
            assert answer.json()["message"]

    attack()
