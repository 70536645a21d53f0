"""The callback of WebSub as strangers find it: guesses, floods and drips."""

import asyncio

import pytest

from feedhub.serve import callbacks
from feedhub.serve.callbacks import MAX_BODY, with_callbacks

MIB = 1024 * 1024


class Reply:
    def __init__(self, status, body=""):
        self.status, self.body = status, body


class Receiver:
    """Knows one token."""

    def __init__(self):
        self.asked = []
        self.bodies = []

    async def known(self, token):
        self.asked.append(token)
        return token == "right"

    async def verify(self, token, query):
        return Reply(200, query.get("hub.challenge", ""))

    async def receive(self, token, headers, body):
        self.bodies.append(body)
        return Reply(202)


async def inner(scope, receive, send):
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def ask(receiver, path, *, method="POST", parts=(b"",), length=None, query=b"", hang=False):
    """The status, the body and how many parts of the request's body were read."""
    taken = 0

    async def receive():
        nonlocal taken
        if taken == len(parts):
            if hang:
                await asyncio.sleep(3600)
            return {"type": "http.disconnect"}
        taken += 1
        more = hang or taken < len(parts)
        return {"type": "http.request", "body": parts[taken - 1], "more_body": more}

    sent = []

    async def send(message):
        sent.append(message)

    headers = [] if length is None else [(b"content-length", str(length).encode())]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": headers,
    }
    asyncio.run(with_callbacks(inner, receiver, lambda: "")(scope, receive, send))
    return sent[0]["status"], sent[1]["body"], taken


def test_a_push_is_handed_on_whole():
    receiver = Receiver()
    assert ask(receiver, "/websub/right", parts=(b"<rss", b"/>"))[0] == 202
    assert receiver.bodies == [b"<rss/>"]


@pytest.mark.parametrize("token", ["wrong", "", "right/", "r" * 5000, "%00", "../right"])
def test_a_guess_is_not_found_before_a_byte_of_it_is_read(token):
    receiver = Receiver()
    status, _, taken = ask(receiver, f"/websub/{token}", parts=(b"x" * MIB,) * 3)
    assert (status, taken) == (404, 0)
    assert ask(receiver, f"/websub/{token}", method="GET")[0] == 404
    assert receiver.bodies == []
    assert all(len(asked) <= 100 for asked in receiver.asked)  # the rest is not even looked up


def test_a_giant_is_told_off_by_its_announcement():
    assert ask(Receiver(), "/websub/right", parts=(b"x",), length=MAX_BODY + 1)[::2] == (413, 0)


def test_and_without_one_at_the_bound():
    status, _, taken = ask(Receiver(), "/websub/right", parts=(b"x" * MIB,) * 99)
    assert (status, taken) == (413, 5)


def test_a_slow_push_is_given_up(monkeypatch):
    monkeypatch.setattr(callbacks, "BODY_TIME", 0.02)
    receiver = Receiver()
    assert ask(receiver, "/websub/right", parts=(b"<rss",), hang=True)[0] == 408
    assert receiver.bodies == []


def test_a_hub_that_hangs_up_has_pushed_nothing():
    receiver = Receiver()
    ask(receiver, "/websub/right", parts=())
    assert receiver.bodies == []


def test_other_methods_and_other_paths():
    assert ask(Receiver(), "/websub/right", method="PUT")[0] == 405
    assert ask(Receiver(), "/websubs/right")[0] == 299
    got = ask(Receiver(), "/websub/right", method="GET", query=b"hub.challenge=%C3%A5")
    assert got[:2] == (200, "å".encode())
    assert ask(Receiver(), "/websub/right", method="GET", query=b"a=b&" * 99)[0] == 404


def test_a_flood_of_pushes_is_told_to_come_again():
    """Anybody can be a hub: a few of its pushes at once, and a few of all hubs'."""

    class Many(Receiver):
        async def known(self, token):
            return True

    async def main():
        receiver, answers, more = Many(), [], asyncio.Event()
        app = with_callbacks(inner, receiver, lambda: "")

        async def push(token):
            async def receive():
                await more.wait()
                return {"type": "http.request", "body": b"<rss/>"}

            async def send(message):
                if "status" in message:
                    answers.append(message["status"])

            scope = {"type": "http", "method": "POST", "path": f"/websub/{token}", "headers": []}
            await app(scope, receive, send)

        tokens = ["one"] * 5 + [str(n) for n in range(20)]
        tasks = [asyncio.create_task(push(token)) for token in tokens]
        await asyncio.sleep(0.05)
        assert answers == [503] * (3 + 20 - (callbacks.PUSHES - callbacks.PUSHES_OF_ONE))
        answers.clear()
        more.set()
        await asyncio.gather(*tasks)
        assert answers == [202] * callbacks.PUSHES
        await push("one")
        assert answers[-1] == 202

    asyncio.run(main())
