"""A real browser shows every vector, sanitised: no script runs, nothing is loaded."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from feedhub.parse import clean_html

CHROMIUM = "/usr/bin/chromium"
PAGE = "https://page.example/"


def browser_or_skip() -> str:
    """The browser's path; its absence fails the test where everything is required."""
    found = CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium")
    try:
        import playwright.sync_api  # noqa: F401 - only whether it is there
    except ImportError:
        found = None
    if found is None:
        reason = "chromium and playwright are needed to see the vectors in a browser"
        if os.environ.get("FEEDHUB_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def test_a_page_of_all_vectors_runs_and_loads_nothing(vectors: list[str]) -> None:
    executable = browser_or_skip()
    from playwright.sync_api import Request, Route, sync_playwright

    # Pictures are content and may be shown; here their addresses are told apart from what a
    # vector smuggles in, since the base of the vectors is a host of its own.
    sections = "\n".join(
        f"<section>{clean_html(vector, 'https://content.example/a/')}</section>"
        for vector in vectors
    )
    html = f"<!doctype html><meta charset=utf-8><title>vectors</title><body>{sections}</body>"
    asked: list[tuple[str, str]] = []
    acted: list[str] = []

    def answer(route: Route, request: Request) -> None:
        asked.append((request.resource_type, request.url))
        if request.url == PAGE:
            route.fulfill(body=html, content_type="text/html")
        else:
            route.abort()

    with sync_playwright() as tools:
        browser = tools.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.expose_function("acted", lambda what: acted.append(what))
        page.add_init_script(
            "for (const name of ['alert', 'confirm', 'prompt', 'open', 'print'])"
            " window[name] = () => acted(name);"
        )
        page.on("dialog", lambda dialog: acted.append("dialog") or dialog.dismiss())
        page.on("popup", lambda popup: acted.append("popup"))
        page.route("**/*", answer)
        page.goto(PAGE)
        # Whatever waits for a reader: move over, focus and press everything there is.
        page.evaluate(
            """() => {
                for (const element of document.querySelectorAll('section *')) {
                    for (const kind of ['mouseover', 'focus', 'click', 'load', 'error', 'toggle',
                                        'pointerenter', 'animationstart']) {
                        if (kind === 'click' && element.closest('a[href^="http"]')) continue;
                        if (kind === 'click' && element.closest('a[href^="mailto"]')) continue;
                        element.dispatchEvent(new Event(kind, {bubbles: true, cancelable: true}));
                    }
                }
            }"""
        )
        page.wait_for_load_state("load")
        scripts = page.evaluate(
            "() => document.querySelectorAll('section script, section style, section iframe,"
            " section object, section embed, section form, section link, section meta,"
            " section base, section svg').length"
        )
        handlers = page.evaluate(
            """() => [...document.querySelectorAll('section *')].flatMap(
                element => element.getAttributeNames().filter(name => /^on|^style$/.test(name)))"""
        )
        location = page.url
        browser.close()

    assert acted == []
    assert scripts == 0
    assert handlers == []
    assert location == PAGE
    loaded = [(kind, url) for kind, url in asked if url != PAGE]
    assert [kind for kind, url in loaded if kind not in ("image", "media")] == []
    assert [url for kind, url in loaded if "evil.example" in url and kind != "media"] == []
    hosts = {url.split("/")[2] for _, url in loaded}
    assert hosts <= {"content.example", "e.example"}, hosts
