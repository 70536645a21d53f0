"""Reasons, notes and due times in Swedish and English, from stable codes."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from feedhub.fetch import plan_next_fetch
from feedhub.model import (
    Fetched,
    FetchState,
    Outcome,
    OutcomeKind,
    PaceHints,
    RankInput,
    RankItem,
    Reason,
    SourceNorm,
    StoredSource,
)
from feedhub.publish.phrases import due_text, note_text, reason_text
from feedhub.rank import explain

ZONE = ZoneInfo("Europe/Stockholm")


@pytest.fixture
def told(make):
    """Reasons as ranking itself gives them, of every term that a story can have."""
    items = tuple(
        RankItem(
            id=n,
            story_id=1,
            source_ids=(n,),
            publisher=f"tidning{n}.example",
            section=None,
            categories=(),
            language="sv",
            title="Hamnen byggs ut i år",
            effective=make.now - timedelta(hours=n),
            first_seen=make.now - timedelta(hours=n),
            counts={"comments": 40},
            position=0,
            places=((n, 0),),
        )
        for n in (1, 2)
    )
    norms = {
        1: SourceNorm(1, "a", "Källa 1", "tidning1.example", 9.0, {"comments": 4.0}, 10),
        2: SourceNorm(2, "b", "Topp", "tidning2.example", 9.0, {}, 10, "toplist"),
    }
    found = explain(RankInput(make.now, items, norms), 1)
    assert found is not None
    return found.reasons


def test_every_reason_of_ranking_has_words_in_both_languages(told):
    assert {reason.term for reason in told} >= {"coverage", "counts"}
    for reason in told:
        swedish = reason_text(reason, "sv", ZONE)
        assert swedish != reason.text
        assert not {"told", "ago", "place", "where"} & set(swedish.split()), swedish
        assert reason_text(reason, "en", ZONE)


@pytest.mark.parametrize(
    ("reason", "swedish", "english"),
    [
        (
            Reason(
                "coverage", 1.0, "x",
                (("voices", 1), ("newest_hours", 0.5), ("oldest_hours", 0.5),
                 ("publishers", "a.example"), ("factor", 2.0)),
            ),
            "berättad av a.example, för 30 min sedan (den här listan räknar det 2 gånger)",
            "told by a.example, 30 min ago (this list counts it 2 times)",
        ),
        (
            Reason(
                "counts", 1.0, "x",
                (("kind", "shares"), ("value", 1200), ("typical", 2.5), ("pace", 0.5), ("gone", 1)),
            ),
            "1 200 delningar, där 2,5 är normalt för källan; ökar nu med 50 % av det i "
            "timmen, halverat sedan källan tagit bort den",
            "1,200 shares, where 2.5 is its source's normal; gaining 50% of that an hour now, "
            "halved since its source carries it no more",
        ),
        (
            Reason("time", 0.0, "x", (("at", "2026-11-24T08:05:00+00:00"),)),
            "listan går efter tid; den här kom tisdag 24 nov. 2026 kl. 09:05",
            "the list goes by time; this came Tuesday 24 Nov 2026, 09:05",
        ),
        (Reason("okänd", 1.0, "as it stands", (("a", 1),)), "as it stands", "as it stands"),
        (Reason("counts", 1.0, "of before", (("h", 1),)), "of before", "of before"),
    ],
)  # fmt: skip
def test_reasons_are_said_from_their_values(reason, swedish, english):
    assert reason_text(reason, "sv-SE", ZONE) == swedish
    assert reason_text(reason, "en", ZONE) == english


def test_publishers_are_called_as_readers_know_them_and_copies_are_told():
    params = (
        ("voices", 2),
        ("newest_hours", 0.5),
        ("oldest_hours", 2.0),
        ("publishers", "a.example, b.example"),
        ("carriers", "c.example"),
    )
    reason = Reason("coverage", 1.0, "x", params)
    names = {"a.example": "Sundets Tidning", "c.example": "Kustposten"}
    assert reason_text(reason, "sv", ZONE, names) == (
        "berättad av 2 oberoende källor under 2 tim, senast för 30 min sedan: "
        "Sundets Tidning, b.example; samma ord står hos Kustposten"
    )
    assert reason_text(reason, "en", ZONE).endswith(
        "a.example, b.example; the same words are carried by c.example"
    )


def test_notes_are_said_by_their_code():
    assert note_text("few-shared", "Few", "sv").startswith("Få nyheter")
    assert note_text("few-shared", "Few", "en").startswith("Few stories")
    assert note_text("annat", "As it stands", "sv") == "As it stands"


def test_due_reasons_of_the_planner_are_said_in_swedish(make):
    english = {"every", "asks", "nothing", "about", "never", "times", "row", "safety", "days"}
    english.add("its")
    wishes = [
        (PaceHints(), Outcome(OutcomeKind.OK), {}),
        (PaceHints(ttl=timedelta(hours=3)), Outcome(OutcomeKind.OK), {}),
        (PaceHints(update_period=timedelta(days=3)), Outcome(OutcomeKind.OK), {}),
        (PaceHints(), Outcome(OutcomeKind.THROTTLED), {"errors": 3}),
        (PaceHints(), Outcome(OutcomeKind.GONE), {}),
        (PaceHints(), Outcome(OutcomeKind.NOT_A_FEED), {}),
        (PaceHints(skip_hours=frozenset(range(23))), Outcome(OutcomeKind.OK), {}),
        (PaceHints(), Outcome(OutcomeKind.OK), {"push_until": make.now + timedelta(days=1)}),
    ]
    waits = {OutcomeKind.THROTTLED: timedelta(hours=4)}  # which its server has not asked for
    for hints, outcome, state in wishes:
        stored = StoredSource(1, make.source(), FetchState(**state))
        address = "https://kalla1.example/rss.xml"
        fetched = Fetched(outcome, address, make.now, retry_after=waits.get(outcome.kind))
        due = plan_next_fetch(stored, fetched, hints, make.now)
        said = due_text(due.reason, "sv")
        assert said != due.reason
        assert not english & set(said.replace(",", " ").replace(";", " ").split()), said
        assert due_text(due.reason, "en") == due.reason
    assert due_text("something new entirely", "sv") == "something new entirely"
