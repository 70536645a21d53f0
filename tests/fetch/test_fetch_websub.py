"""WebSub against a strict hub over loopback, and its decisions one by one."""

import asyncio
import hmac
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.fetch import plan_next_fetch, websub
from feedhub.fetch.hubs import ask_hub
from feedhub.fetch.websub import ALGORITHMS, Offer, Status, Step
from feedhub.model import OutcomeKind
from feedhub.net import HttpClient, HttpResponse, HttpSettings

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TOPIC = "https://news.example/feed"
FEED = b"<rss><channel><title>Pushed</title></channel></rss>"
SETTINGS = HttpSettings(connect_timeout=1, total_timeout=2)


@pytest.mark.parametrize("link", ["<" * 60_000, "<a>" + ";a" * 30_000, "<a>;" + " " * 60_000])
def test_links_made_to_stall_are_read_at_once(link):
    began = time.process_time()
    assert websub.offered({"link": link}, [], None, TOPIC) is None
    assert time.process_time() - began < 0.5


def signature(secret, body, method="sha256"):
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


def active(**changes):
    start = websub.asked(websub.begin(7, Offer("https://hub.example/", TOPIC), NOW), NOW)
    query = {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.challenge": "c",
        "hub.lease_seconds": "864000",
    }
    done, reply = websub.verify(start, query, NOW)
    assert (reply.status, reply.body) == (200, "c")
    return replace(done, **changes)


class Callback:
    """What the server room does with the callback's requests."""

    def __init__(self, subscription):
        self.subscription = subscription
        self.now = NOW
        self.documents = []

    async def answer(self, seen, writer):
        path, _, query = seen.path.partition("?")
        if path != f"/websub/{self.subscription.token}":
            status, body = 404, ""
        elif seen.line.startswith("GET"):
            self.subscription, reply = websub.verify(
                self.subscription, dict(parse_qsl(query)), self.now
            )
            status, body = reply.status, reply.body
        else:
            self.subscription, reply, document = websub.receive(
                self.subscription, seen.headers, seen.body, self.now
            )
            status, body = reply.status, reply.body
            if document is not None:
                self.documents.append(document)
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())


class Hub:
    """A strict hub: checks the form, verifies before it answers, signs what it sends."""

    def __init__(self, verify_with=None):
        self.subscribers = {}
        self.verify_with = verify_with or {}
        self.verified = []

    async def answer(self, seen, writer):
        form = {name: values[0] for name, values in parse_qs(seen.body.decode()).items()}
        assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
        assert form["hub.mode"] in ("subscribe", "unsubscribe")
        query = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": "kvitto-123",
            "hub.lease_seconds": "3600",
            **self.verify_with,
        }
        status, body = await talk("GET", f"{form['hub.callback']}?{urlencode(query)}")
        self.verified.append((status, body))
        if (status, body) == (200, "kvitto-123"):
            if form["hub.mode"] == "subscribe":
                assert len(form["hub.secret"]) < 200
                self.subscribers[form["hub.callback"]] = form["hub.secret"]
            else:
                del self.subscribers[form["hub.callback"]]
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")

    async def push(self, body, method="sha256", secret=None):
        answers = []
        for url, known in self.subscribers.items():
            signed = signature(secret or known, body, method)
            answers.append((await talk("POST", url, body, f"X-Hub-Signature: {signed}\r\n"))[0])
        return answers


async def talk(method, url, body=b"", headers=""):
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    head = f"{method} {target} HTTP/1.1\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    writer.write(head.encode() + body)
    raw = await reader.read()
    writer.close()
    first, _, rest = raw.partition(b"\r\n\r\n")
    return int(first.split()[1]), rest.decode()


def with_hub(origin, work, hub=None):
    """Run ``work(callback, hub, ask)`` with a hub and a callback that both listen."""

    async def main():
        async with origin() as mine, origin() as theirs, HttpClient(SETTINGS) as client:
            it = hub or Hub()
            theirs.routes["/hub"] = it.answer
            callback = Callback(websub.begin(7, Offer(theirs.url("/hub"), TOPIC), NOW))
            mine.routes[f"/websub/{callback.subscription.token}"] = callback.answer

            async def ask(step=Step.SUBSCRIBE):
                callback.subscription = websub.asked(callback.subscription, callback.now)
                base = mine.url("")
                note = await ask_hub(
                    client, callback.subscription, step, base, callback.now, allow_private=True
                )
                if note is not None:
                    callback.subscription = websub.not_taken_on(
                        callback.subscription, callback.now, note
                    )

            return await work(callback, it, ask, theirs)

    return asyncio.run(main())


def test_the_whole_course(origin):
    async def work(callback, hub, ask, theirs):
        assert websub.next_step(callback.subscription, NOW) is Step.SUBSCRIBE
        await ask()
        assert callback.subscription.status is Status.ACTIVE
        assert callback.subscription.lease_until == NOW + HOUR
        assert websub.next_step(callback.subscription, NOW) is Step.NOTHING
        assert await hub.push(FEED) == [202]
        assert callback.documents == [FEED]
        # renewed before the lease ends, without a gap
        callback.now = NOW + timedelta(minutes=45)
        assert websub.next_step(callback.subscription, callback.now) is Step.SUBSCRIBE
        await ask()
        assert callback.subscription.lease_until == callback.now + HOUR
        # and stopped
        callback.subscription = websub.end(callback.subscription, callback.now)
        assert websub.next_step(callback.subscription, callback.now) is Step.UNSUBSCRIBE
        await ask(Step.UNSUBSCRIBE)
        assert callback.subscription.status is Status.ENDED
        assert hub.subscribers == {}
        assert websub.next_step(callback.subscription, NOW + DAY) is Step.NOTHING

    with_hub(origin, work)


@pytest.mark.parametrize("method", ALGORITHMS)
def test_every_signature_of_the_standard(origin, method):
    async def work(callback, hub, ask, theirs):
        await ask()
        await hub.push(FEED, method)
        assert callback.documents == [FEED]

    with_hub(origin, work)


def test_a_wrong_secret_is_told_nothing_and_changes_nothing(origin):
    async def work(callback, hub, ask, theirs):
        await ask()
        assert await hub.push(FEED, secret="guess") == [202]
        assert callback.documents == []
        assert "signature" in callback.subscription.note
        assert callback.subscription.pushed_at is None

    with_hub(origin, work)


def test_a_replay_is_known(origin):
    async def work(callback, hub, ask, theirs):
        await ask()
        for body in (FEED, FEED + b"\n", FEED, FEED + b"\n", FEED):
            assert await hub.push(body) == [202]
        assert callback.documents == [FEED, FEED + b"\n"]

    with_hub(origin, work)


def test_an_expired_lease_takes_no_pushes_and_gives_polling_its_pace_back(origin, stored, fetched):
    async def work(callback, hub, ask, theirs):
        await ask()
        late = NOW + HOUR + timedelta(seconds=1)
        callback.now = late
        assert await hub.push(FEED) == [410]
        assert callback.documents == []
        assert websub.trusted_until(callback.subscription, NOW) == NOW + HOUR
        assert websub.trusted_until(callback.subscription, late) is None
        # renewed late: taken up again
        await ask()
        assert await hub.push(FEED) == [202]

    with_hub(origin, work)


def test_a_lost_hub_is_asked_ever_less_while_polling_goes_on(origin):
    async def work(callback, hub, ask, theirs):
        theirs.routes["/hub"] = b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n"
        pauses = []
        for _ in range(10):
            await ask()
            pauses.append(callback.subscription.next_step_at - callback.now)
            assert websub.next_step(callback.subscription, callback.now) is Step.NOTHING
            callback.now = callback.subscription.next_step_at
        assert pauses[:3] == [timedelta(minutes=m) for m in (10, 20, 40)]
        assert pauses[-1] == DAY
        assert "503" in callback.subscription.note
        assert websub.trusted_until(callback.subscription, callback.now) is None
        theirs.routes["/hub"] = hub.answer
        await ask()
        assert callback.subscription.status is Status.ACTIVE
        assert callback.subscription.failures == 0

    with_hub(origin, work)


def test_a_hub_that_takes_requests_on_and_never_verifies_them_is_asked_ever_less():
    one = websub.begin(7, Offer("https://hub.example/", TOPIC), NOW)
    pauses, now = [], NOW
    for _ in range(8):
        one = websub.asked(one, now)
        pauses.append(one.next_step_at - now)
        now = one.next_step_at
    assert pauses[:4] == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR]
    assert pauses[-1] == DAY
    query = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "c"}
    one, reply = websub.verify(websub.asked(one, now), query, now)
    assert reply.status == 200
    assert websub.asked(one, now).next_step_at == now + HOUR


def test_a_hub_that_is_not_there():
    async def main():
        async with HttpClient(SETTINGS) as client:
            lost = websub.begin(7, Offer("http://127.0.0.1:9/", TOPIC), NOW)
            note = await ask_hub(client, lost, Step.SUBSCRIBE, "http://x.example", NOW)
            assert "not reached" in note
            assert "address" in note  # a private one, so not even tried
            assert websub.not_taken_on(lost, NOW, note).failures == 1

    asyncio.run(main())


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_hub_that_has_moved_is_asked_where_it_is(origin, status):
    async def work(callback, hub, ask, theirs):
        theirs.routes["/new"] = theirs.routes["/hub"]
        theirs.routes["/hub"] = f"HTTP/1.1 {status} M\r\nLocation: /new\r\n\r\n".encode()
        await ask()
        assert callback.subscription.status is Status.ACTIVE
        assert [seen.line[:10] for seen in theirs.seen] == ["POST /hub ", "POST /new "]
        assert theirs.seen[0].body == theirs.seen[1].body
        assert await hub.push(FEED) == [202]

    with_hub(origin, work)


@pytest.mark.parametrize(
    ("goal", "words", "asked"),
    [
        ("/hub", "answered 307", 4),  # for ever
        ("http://169.254.169.254/", "address", 1),
        ("file:///etc/passwd", "neither http", 1),
    ],
)
def test_a_hub_that_leads_astray(origin, goal, words, asked):
    async def work(callback, hub, ask, theirs):
        theirs.routes["/hub"] = f"HTTP/1.1 307 T\r\nLocation: {goal}\r\n\r\n".encode()
        await ask()
        assert callback.subscription.failures == 1
        assert words in callback.subscription.note
        assert len(theirs.seen) == asked

    with_hub(origin, work)


def test_no_secret_goes_from_a_secure_hub_to_an_open_one():
    class Client:
        asked = ()

        async def post(self, request):
            self.asked = (*self.asked, request.url)
            moved = {"location": "http://hub.example/plain"}
            return HttpResponse(request.url, 308, moved, b"", 0)

    client, there = Client(), websub.begin(7, Offer("https://hub.example/", TOPIC), NOW)
    note = asyncio.run(ask_hub(client, there, Step.SUBSCRIBE, "https://x.example", NOW))
    assert "from https to http" in note
    assert client.asked == ("https://hub.example/",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"hub.topic": "https://other.example/feed"},
        {"hub.mode": "unsubscribe"},
        {"hub.mode": "publish"},
        {"hub.challenge": ""},
    ],
)
def test_what_we_did_not_ask_for_is_not_confirmed(origin, wrong):
    async def work(callback, hub, ask, theirs):
        await ask()
        assert hub.verified == [(404, "")]
        assert callback.subscription.status is Status.PENDING
        assert hub.subscribers == {}

    with_hub(origin, work, Hub(verify_with=wrong))


def test_nor_is_what_was_asked_long_ago_or_never():
    query = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "c"}
    fresh = websub.begin(7, Offer("https://hub.example/", TOPIC), NOW)
    assert websub.verify(fresh, query, NOW)[1].status == 404
    stale = websub.asked(fresh, NOW - 2 * HOUR)
    assert websub.verify(stale, query, NOW) == (stale, websub.Reply(404))
    # a second verification of the same request, or one after we have stopped
    again = active()
    assert websub.verify(again, query, NOW)[1].status == 404
    ending = websub.asked(websub.end(again, NOW), NOW)
    assert websub.verify(ending, query, NOW)[1].status == 404


def test_a_denial_is_believed_and_asked_about_daily():
    start = websub.asked(websub.begin(7, Offer("https://hub.example/", TOPIC), NOW), NOW)
    query = {"hub.mode": "denied", "hub.topic": TOPIC, "hub.reason": "not for you"}
    denied, reply = websub.verify(start, query, NOW)
    assert (denied.status, denied.note, reply.status) == (Status.DENIED, "not for you", 200)
    assert websub.next_step(denied, NOW + HOUR) is Step.NOTHING
    assert websub.next_step(denied, NOW + DAY) is Step.SUBSCRIBE
    assert websub.receive(denied, {}, FEED, NOW)[1].status == 410


@pytest.mark.parametrize(
    ("given_lease", "expected"),
    [
        ("3600", HOUR),
        ("1", timedelta(minutes=5)),
        ("99999999999999", timedelta(days=90)),
        ("forever", timedelta(days=10)),
        ("", timedelta(days=10)),
    ],
)
def test_leases_stay_within_reason(given_lease, expected):
    start = websub.asked(websub.begin(7, Offer("https://hub.example/", TOPIC), NOW), NOW)
    query = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "c"}
    done, _ = websub.verify(start, query | {"hub.lease_seconds": given_lease}, NOW)
    assert done.lease_until == NOW + expected
    assert NOW < done.next_step_at < done.lease_until


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256",
        "sha256=",
        "md5=d41d8cd98f00b204e9800998ecf8427e",
        "crc32=00000000",
        "sha256=åäö",
        signature("other", FEED),
        signature("s3cret", FEED + b" "),
        signature("s3cret", FEED).replace("sha256", "sha1"),
        signature("s3cret", FEED)[:-1],
    ],
)
def test_signatures_that_are_not_right(header):
    assert not websub.signed("s3cret", header, FEED)


@given(st.text(max_size=80), st.binary(max_size=80))
def test_no_signature_can_raise_or_pass_by_chance(header, body):
    assert not websub.signed("s3cret", header, body)


def test_the_signature_is_checked_before_anything_else_is_done():
    subscription = active()
    for body in (b"\xff\xfe<!DOCTYPE", b"", b"<" * 100_000):
        after, reply, document = websub.receive(subscription, {}, body, NOW)
        assert (reply.status, document, after.seen) == (202, None, ())
    too_long = b"x" * (websub.MAX_PUSH + 1)
    assert websub.receive(subscription, {}, too_long, NOW)[1].status == 413


def test_secrets_stay_out_of_sight():
    subscription = active()
    assert subscription.secret not in repr(subscription)
    assert subscription.token not in repr(subscription)


def test_pushed_documents_go_the_same_way_as_fetched_ones(stored, fetched):
    source = stored(TOPIC, etag='"a"', next_due=NOW + HOUR, due_reason="as before")
    push = websub.pushed(source, {"content-type": "text/xml", "cookie": "x"}, FEED, NOW)
    assert (push.outcome.kind, push.body, push.sent) == (OutcomeKind.OK, FEED, False)
    assert push.headers == {"content-type": "text/xml"}
    assert push.etag == '"a"'
    again = websub.pushed(stored(TOPIC, body_hash=push.body_hash), {}, FEED, NOW)
    assert (again.outcome.kind, again.body) == (OutcomeKind.UNCHANGED, None)
    due = plan_next_fetch(source, push, None, NOW)
    assert (due.at, due.reason) == (NOW + HOUR, "as before")


def test_polling_is_a_safety_net_while_pushes_come(stored, fetched):
    source = stored(TOPIC, push_until=websub.trusted_until(active(), NOW))
    due = plan_next_fetch(source, fetched(OutcomeKind.NOT_MODIFIED, status=304), None, NOW)
    assert due.at - NOW >= 6 * HOUR
    assert "hub" in due.reason


def test_polling_takes_over_when_it_finds_what_the_hub_missed():
    later = NOW + 5 * HOUR
    quick = websub.polled(active(), [later - timedelta(minutes=5)], later)
    assert websub.trusted_until(quick, later) is not None  # it may still be on its way
    old = websub.polled(active(), [NOW - DAY], later)
    assert websub.trusted_until(old, later) is not None  # from before the lease
    missed = websub.polled(active(), [later - HOUR], later)
    assert websub.trusted_until(missed, later) is None
    headers = {"x-hub-signature": signature(missed.secret, FEED)}
    pushed, _, _ = websub.receive(missed, headers, FEED, later + HOUR)
    assert websub.trusted_until(pushed, later + HOUR) is not None


@pytest.mark.parametrize(
    ("headers", "links", "self_link", "expected"),
    [
        ({}, (), None, None),
        ({}, ("https://hub.example/",), None, ("https://hub.example/", TOPIC)),
        ({}, ("/hub",), "/self", ("https://news.example/hub", "https://news.example/self")),
        (
            {"link": '<https://a.example/>; rel="hub", <https://t.example/>; rel="self"'},
            ("https://b.example/",),
            "https://other.example/",
            ("https://a.example/", "https://t.example/"),
        ),
        ({"link": "<https://a.example/>; rel=hub"}, (), None, ("https://a.example/", TOPIC)),
        (
            {"link": '<https://a.example/x,y>; title="a; b, c"; rel="nofollow hub"'},
            (),
            None,
            ("https://a.example/x,y", TOPIC),
        ),
        ({"link": "<javascript:alert(1)>; rel=hub"}, ("ftp://x/",), None, None),
        ({"link": '<https://a.example/>; rel="next"'}, (), None, None),
    ],
)
def test_discovery(headers, links, self_link, expected):
    offer = websub.offered(headers, links, self_link, TOPIC)
    assert (offer and (offer.hub, offer.topic)) == expected


@pytest.mark.parametrize(
    ("base_url", "public"),
    [
        ("https://nyheter.example.org", True),
        ("http://127.0.0.1:8000", False),
        ("http://localhost:8000", False),
        ("http://nas.local", False),
        ("http://hub.lan:8000", False),
        ("https://nyheter.home", False),
        ("https://home.example.org", True),
        ("http://192.168.1.4", False),
        ("http://8.8.8.8", True),
        ("nonsense", False),
    ],
)
def test_only_a_public_hub_subscribes(base_url, public):
    assert websub.can_be_reached(base_url) is public


def test_a_hub_may_deny_what_it_had_granted():
    query = {"hub.mode": "denied", "hub.topic": TOPIC}
    denied, reply = websub.verify(active(), query, NOW + HOUR)
    assert (denied.status, reply.status) == (Status.DENIED, 200)
    assert websub.trusted_until(denied, NOW + HOUR) is None
    assert websub.receive(denied, {}, FEED, NOW + HOUR)[1].status == 410
    ended = replace(active(), status=Status.ENDED)
    assert websub.verify(ended, query, NOW)[1].status == 404


@pytest.mark.parametrize("lease", ["0", "1", "59", "-5", "abc", "", "9" * 400, "1e9", "٣"])
def test_no_lease_is_too_odd(lease):
    start = websub.asked(websub.begin(7, Offer("https://hub.example/", TOPIC), NOW), NOW)
    query = {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.challenge": "c",
        "hub.lease_seconds": lease,
    }
    done, reply = websub.verify(start, query, NOW)
    assert reply.status == 200
    assert timedelta(minutes=5) <= done.lease_until - NOW <= timedelta(days=90)
    assert NOW < done.next_step_at < done.lease_until
