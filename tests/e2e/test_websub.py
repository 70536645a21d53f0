"""WebSub as a strict hub sees it, over loopback."""

from __future__ import annotations

import hashlib
import hmac
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class StrictHub:
    """Takes subscriptions on as the recommendation says, and remembers what it was told."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.confirmed: list[str] = []
        self.refuse = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
                outer.asked.append(form)
                self.send_response(500 if outer.refuse else 202)
                self.end_headers()
                if not outer.refuse:
                    threading.Thread(target=outer.verify, args=(form,)).start()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hub"

    def verify(self, form: dict[str, str]) -> None:
        query = urllib.parse.urlencode(
            {
                "hub.mode": form["hub.mode"],
                "hub.topic": form["hub.topic"],
                "hub.challenge": "prövning-1",
                "hub.lease_seconds": "864000",
            }
        )
        answer = fetch(f"{form['hub.callback']}?{query}")
        if answer == (200, "prövning-1"):
            self.confirmed.append(form["hub.mode"])

    def push(self, body: bytes, *, secret: str | None = None, method: str = "sha256") -> int:
        form = self.asked[0]
        key = (secret or form["hub.secret"]).encode()
        digest = hmac.new(key, body, getattr(hashlib, method)).hexdigest()
        headers = {
            "Content-Type": "application/rss+xml",
            "X-Hub-Signature": f"{method}={digest}",
        }
        request = urllib.request.Request(form["hub.callback"], data=body, headers=headers)
        return fetch(request)[0]


def fetch(request: Any) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, ""


@pytest.fixture
def strict() -> Iterator[StrictHub]:
    made = StrictHub()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def name_hub(paper, strict) -> None:
    paper.links = (
        f'<link xmlns="http://www.w3.org/2005/Atom" rel="hub" href="{strict.url}"/>'
        f'<link xmlns="http://www.w3.org/2005/Atom" rel="self" href="{paper.url}"/>'
    )


def test_pushes_are_taken_verified_and_ended(hub, paper, strict, until):
    name_hub(paper, strict)
    paper.titles = ["Den gamla nyheten"]
    hub.write(paper.url)
    hub.start()
    until(lambda: strict.confirmed == ["subscribe"])
    assert strict.asked[0]["hub.topic"] == paper.url
    polls = paper.polls

    paper.titles = ["Den gamla nyheten", "Den nya nyheten"]
    good = paper.feed()
    assert strict.push(good) == 202
    until(lambda: "Den nya nyheten" in hub.titles())
    assert strict.push(good) == 202  # a replay is taken and changes nothing
    for method in ("sha1", "sha384", "sha512"):
        paper.titles.append(f"Undertecknad med {method}")
        assert strict.push(paper.feed(), method=method) == 202
        until(lambda title=paper.titles[-1]: title in hub.titles())

    paper.titles.append("Den falska nyheten")
    assert strict.push(paper.feed(), secret="gissad") == 202
    paper.titles.pop()
    assert strict.push(paper.feed() + b" ") == 202
    assert "Den falska nyheten" not in hub.titles()
    assert fetch(f"{hub.base}/websub/gissad?hub.mode=subscribe&hub.challenge=x")[0] == 404
    assert paper.polls == polls  # nobody was asked for what was pushed

    hub.write()
    until(lambda: strict.confirmed == ["subscribe", "unsubscribe"])
    assert strict.push(good) in (404, 410)
    hub.stop()


def test_a_lost_hub_costs_nothing_but_its_pushes(hub, paper, strict, until):
    strict.refuse = True
    name_hub(paper, strict)
    paper.titles = ["En nyhet"]
    hub.write(paper.url)
    hub.start()
    until(lambda: strict.asked)
    until(lambda: "En nyhet" in hub.titles())
    until(lambda: "did not take the request on" in hub.said())
    hub.stop()
