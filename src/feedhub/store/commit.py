"""One fetch into the database: items found by their keys or minted, sightings, state, log.

Runs inside the writer's transaction. Running it twice with the same commit changes nothing
the second time but the log.

A sighting's ``position`` is where the item stood when the source brought or last changed it: a
document's order is kept whole, in ``orders``, so that one new entry moves no other's row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from feedhub.model import Candidate, CommitReport, Entry, FetchCommit, GuidCheck, Identity, Key
from feedhub.store import codec, restated, rows, words
from feedhub.store.merge import FIELDS, merge_items, speaks_for
from feedhub.store.resolve import Found, check, resolve
from feedhub.store.sources import state_at


@dataclass
class _Pass:
    """What one commit has met so far."""

    conn: sqlite3.Connection
    commit: FetchCommit
    now: int
    by_hash: dict[bytes, int] = field(default_factory=dict)  # of an entry -> item
    live: dict[int, bytes] = field(default_factory=dict)  # item -> hash of its entry
    met: set[int] = field(default_factory=set)
    places: dict[int, int] = field(default_factory=dict)  # item -> where in the document
    new: list[int] = field(default_factory=list)
    minted: list[tuple[object, ...]] = field(default_factory=list)  # items yet to be written
    new_at: list[datetime | None] = field(default_factory=list)
    brought: dict[Key, int] = field(default_factory=dict)
    changed: int = 0
    carried: int = 0
    repeated: int = 0
    pruned: int = 0
    keys: Mapping[Key, int] = field(default_factory=dict)  # as the table had them
    learned: list[tuple[int, str, str, int]] = field(default_factory=list)
    sighted: list[tuple[int, int, bytes, int, int]] = field(default_factory=list)
    restated: list[int] = field(default_factory=list)  # what the story engine has in other words
    joined: dict[int, int] = field(default_factory=dict)  # merged away in this pass -> stays


def commit_fetch(
    conn: sqlite3.Connection, commit: FetchCommit, now: datetime, identity: Identity
) -> CommitReport:
    """Write all that one fetch changes; see :class:`FetchCommit`."""
    work = _Pass(conn, commit, int(now.timestamp()))
    if not (commit.candidates or commit.known or commit.complete):  # nothing was read
        report = CommitReport(source_id=commit.source_id)
        _update_source(work)
        _log(work, report)
        return report
    for item_id, entry_hash in conn.execute(
        # by that index: the planner would go through all that the source ever showed
        "SELECT item_id, entry_hash FROM sightings INDEXED BY sightings_live"
        " WHERE source_id = ? AND gone_at IS NULL",
        (commit.source_id,),
    ):
        work.live[item_id] = entry_hash
        work.by_hash[entry_hash] = item_id
    _see_known(work)
    missing = work.live.keys() - work.met if commit.complete else ()
    resolved = resolve(conn, commit.source_id, commit.candidates, work.met, missing, identity)
    work.keys = resolved.keys
    for one in _oldest_first(resolved.found):
        _take(work, one)
    _learn(work)
    if work.restated:
        restated.note(conn, work.restated)
    gone = _mark_gone(work) if commit.complete else 0
    _note_order(work)
    in_order = [*zip(work.new, work.new_at, strict=True)][::-1]
    report = CommitReport(
        source_id=commit.source_id,
        new=len(work.new),
        changed=work.changed,
        known=len(commit.known),
        gone=gone,
        carried=work.carried,
        new_ids=tuple([item_id for item_id, _ in in_order]),
        new_at=tuple([at for _, at in in_order if at is not None]),
    )
    _update_source(work)
    _weigh_guids(work, check(resolved.found), identity)
    _log(work, report)
    return report


def _oldest_first(found: Sequence[Found]) -> list[Found]:
    """From the end of the document on, but for entries that repeat one before them.

    Documents begin with what is newest. Of items of one time, in feeds that have no times or
    only days, the lists show the highest id first, so it must be minted last.
    """
    once: list[Found] = []
    again: list[Found] = []
    keys: set[Key] = set()
    ids: set[int | None] = set()
    for one in found:
        known = not keys.isdisjoint(one.candidate.lookup) or one.item_id in ids
        (again if known else once).append(one)
        keys.update(one.candidate.lookup)
        ids.update({one.item_id} - {None})
    return [*reversed(once), *again]


def _see_known(work: _Pass) -> None:
    for known in work.commit.known:
        item_id = work.by_hash.get(known.hash)
        if item_id is None:  # gone from the document since its hashes were read: look it up
            row = work.conn.execute(
                "SELECT item_id FROM sightings WHERE source_id = ? AND entry_hash = ?",
                (work.commit.source_id, known.hash),
            ).fetchone()
            if row is None:
                continue
            (item_id,) = row
            work.conn.execute(
                "UPDATE sightings SET gone_at = NULL WHERE source_id = ? AND item_id = ?",
                (work.commit.source_id, item_id),
            )
        if item_id not in work.met:
            work.met.add(item_id)
            work.places[item_id] = known.position


def _take(work: _Pass, found: Found) -> None:
    """Note that this source carries an item: the one found, or a new one."""
    item_id = found.item_id
    if item_id is None:  # what this very document brought is not in the tables' answer
        known = (work.brought[key] for key in found.candidate.lookup if key in work.brought)
        item_id = next(known, None)
    item_id = item_id and work.joined.get(item_id, item_id)
    if item_id is not None and found.twin is not None:
        item_id = _join(work, item_id, work.joined.get(found.twin, found.twin))
    if item_id is not None and item_id in work.met:
        work.repeated += 1
        # told twice: what is known of its other guid or link leads to it, elsewhere too
        keys = (key for key in found.candidate.remember if key not in work.keys)
        work.learned += [(*key, item_id) for key in keys]
        return
    if found.pruned:
        work.pruned += 1  # a tombstone: known, removed, and not to come back as new
        return
    if item_id is None:
        item_id = _insert(work, found.candidate)
        work.new.append(item_id)
        work.new_at.append(found.candidate.effective)
    else:
        _update(work, item_id, found.candidate)
    work.met.add(item_id)
    work.places[item_id] = found.candidate.entry.position
    work.carried += found.carried
    _remember(work, item_id, found)
    _sight(work, item_id, found.candidate.entry)
    _observe(work, item_id, found.candidate.entry)


def _join(work: _Pass, one: int, other: int) -> int:
    if one == other:
        return one
    _learn(work)
    stays = merge_items(work.conn, one, other, work.now)
    goes = other if stays == one else one
    work.restated += (stays, goes)
    work.joined = {old: stays if new == goes else new for old, new in work.joined.items()}
    work.joined[goes] = stays
    work.brought = {k: stays if i == goes else i for k, i in work.brought.items()}
    if (sighting := work.live.pop(goes, None)) is not None:
        work.live.setdefault(stays, sighting)
    if goes in work.met:
        work.met.discard(goes)
        work.met.add(stays)
        work.places.setdefault(stays, work.places.pop(goes))
    return stays


_LAST_ID = (
    "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'items'), 0),"
    " coalesce((SELECT max(id) FROM items), 0))"
)
_INSERT = (
    f"INSERT INTO items (id, source_id, effective, effective_why, first_seen, updated, counts,"
    f" {', '.join(FIELDS)})"
)
_CURRENT = f"SELECT source_id, counts, {', '.join(FIELDS)} FROM items WHERE id = ?"  # noqa: S608
_UPDATE = f"UPDATE items SET updated = ?, {', '.join(f'{f} = ?' for f in FIELDS)} WHERE id = ?"  # noqa: S608
_READ = [name in restated.READ for name in FIELDS]


def _columns(candidate: Candidate) -> tuple[object, ...]:
    entry = candidate.entry
    return (
        candidate.publisher,
        codec.seconds(entry.published),
        entry.language,
        entry.title,
        entry.link,
        entry.canonical,
        entry.summary,
        codec.pack_strings(entry.authors),
        codec.pack_strings(entry.categories),
        codec.pack_image(entry.image),
        codec.pack_enclosures(entry.enclosures),
        entry.comments_url,
        entry.origin_name,
        entry.origin_url,
        int(entry.paywall),
        entry.content_html,
    )


def _counts(entry: Entry) -> str:
    return codec.dumps(dict(entry.counts)) if entry.counts else "{}"


def _insert(work: _Pass, candidate: Candidate) -> int:
    entry = candidate.entry
    updated = min(codec.seconds(entry.updated or entry.published) or work.now, work.now)
    last = work.new[-1] if work.new else work.conn.execute(_LAST_ID).fetchone()[0]
    item_id = last + 1
    work.minted.append(
        (
            item_id,
            work.commit.source_id,
            codec.seconds(candidate.effective),
            candidate.effective_why,
            work.now,
            updated,
            _counts(entry),
            *_columns(candidate),
        )
    )
    words.added(work.conn, item_id, entry.title, _words(entry))
    return int(item_id)


def _words(entry: Entry) -> str:
    return codec.plain(entry.content_html) if entry.content_html else entry.summary


def _update(work: _Pass, item_id: int, candidate: Candidate) -> None:
    """Bring the item up to what its own source says now."""
    row = work.conn.execute(_CURRENT, (item_id,)).fetchone()
    if row[0] != work.commit.source_id:
        if not speaks_for(work.conn, work.commit.source_id, row[0]):
            return  # another source's article: this one only carries it
        work.conn.execute(
            "UPDATE items SET source_id = ? WHERE id = ?", (work.commit.source_id, item_id)
        )
    entry, columns = candidate.entry, _columns(candidate)
    counts = _counts(entry)
    if counts != row[1]:
        work.conn.execute("UPDATE items SET counts = ? WHERE id = ?", (counts, item_id))
    if columns == row[2:]:
        return
    title = row[2 + FIELDS.index("title")]
    if title != entry.title:
        work.conn.execute(
            "INSERT INTO item_titles (item_id, until, title) VALUES (?, ?, ?)",
            (item_id, work.now, title),
        )
    if any(new != old for new, old, read in zip(columns, row[2:], _READ, strict=True) if read):
        work.restated.append(item_id)
    work.conn.execute(_UPDATE, (work.now, *columns, item_id))
    words.changed(work.conn, item_id, entry.title, _words(entry))
    work.changed += 1


def _remember(work: _Pass, item_id: int, found: Found) -> None:
    work.brought.update(dict.fromkeys(found.candidate.lookup, item_id))
    for key in (*found.candidate.remember, *found.candidate.guards):
        if key in found.refused:
            # a key that was found to lead elsewhere has been reused: it follows its last user
            work.conn.execute("REPLACE INTO item_keys VALUES (?, ?, ?, ?)", (*key, item_id))
        elif key not in work.keys:
            work.learned.append((*key, item_id))


def _learn(work: _Pass) -> None:
    """Write what items and keys the pass has learned of, and where it has seen items."""
    _write_minted(work)
    if work.learned:
        rows.insert(work.conn, "INSERT OR IGNORE INTO item_keys", work.learned)
        work.learned.clear()
    if work.sighted:
        rows.insert(
            work.conn,
            "INSERT INTO sightings (source_id, item_id, entry_hash, position, first_seen)",
            work.sighted,
            " ON CONFLICT (source_id, item_id) DO UPDATE SET"
            " entry_hash = excluded.entry_hash, position = excluded.position, gone_at = NULL",
        )
        work.sighted.clear()


def _write_minted(work: _Pass) -> None:
    """Write the new items, before anything that refers to them."""
    if work.minted:
        rows.insert(work.conn, _INSERT, work.minted)
        work.minted.clear()


def _sight(work: _Pass, item_id: int, entry: Entry) -> None:
    if work.live.get(item_id) != entry.hash:
        work.sighted.append((work.commit.source_id, item_id, entry.hash, entry.position, work.now))


def _observe(work: _Pass, item_id: int, entry: Entry) -> None:
    if entry.counts:
        _write_minted(work)
    for kind, value in entry.counts.items():
        last = work.conn.execute(
            "SELECT value FROM observations WHERE item_id = ? AND kind = ? AND source_id = ?"
            " ORDER BY at DESC LIMIT 1",
            (item_id, kind, work.commit.source_id),
        ).fetchone()
        if last is None or last[0] != value:
            work.conn.execute(
                "INSERT OR REPLACE INTO observations VALUES (?, ?, ?, ?, ?)",
                (item_id, kind, work.now, work.commit.source_id, value),
            )


def _mark_gone(work: _Pass) -> int:
    absent = [item_id for item_id in work.live if item_id not in work.met]
    if absent:
        work.conn.executemany(
            "UPDATE sightings SET gone_at = ? WHERE source_id = ? AND item_id = ?",
            [(work.now, work.commit.source_id, item_id) for item_id in absent],
        )
    return len(absent)


def _note_order(work: _Pass) -> None:
    """Keep the document's order where it changed: prominence then is part of a rank's reasons."""
    if not work.commit.complete:
        return  # a part of a document has no order of its own
    order = codec.pack_ids(sorted(work.places, key=lambda one: (work.places[one], one)))
    last = work.conn.execute(
        "SELECT items FROM orders WHERE source_id = ? ORDER BY at DESC LIMIT 1",
        (work.commit.source_id,),
    ).fetchone()
    if last is None or last[0] != order:
        work.conn.execute(
            "INSERT OR REPLACE INTO orders VALUES (?, ?, ?)",
            (work.commit.source_id, work.now, order),
        )


def _update_source(work: _Pass) -> None:
    commit, outcome, parsed = work.commit, work.commit.fetched.outcome, work.commit.parsed
    (url,) = work.conn.execute(
        "SELECT url FROM sources WHERE id = ?", (commit.source_id,)
    ).fetchone()
    state = state_at(url, commit.address or url, commit.state)
    if state != commit.state:  # feeds.yaml has changed it meanwhile
        state = replace(state, next_due=codec.at(work.now), due_reason="its address has changed")
    kept = (codec.pack_state(state), codec.seconds_up(state.next_due), state.errors)
    if commit.pushed:  # it may have been fetched since the push came
        kept = work.conn.execute(
            "SELECT state, next_due, errors FROM sources WHERE id = ?", (commit.source_id,)
        ).fetchone()
    work.conn.execute(
        "UPDATE sources SET state = ?, next_due = ?, errors = ?, outcome = ?, stage = ?,"
        " reason = ?, status = ?, publisher = coalesce(?, publisher),"
        " entries = coalesce(?, entries),"
        " name = CASE WHEN named = 0 AND ? <> '' THEN ? ELSE name END,"
        " leased_until = CASE WHEN leased_by = ? THEN NULL ELSE leased_until END,"
        " leased_by = nullif(leased_by, ?)"
        " WHERE id = ?",
        (
            *kept,
            outcome.kind,
            outcome.stage,
            outcome.reason,
            outcome.status,
            commit.publisher,
            parsed.found if parsed else None,
            parsed.title if parsed else "",
            parsed.title if parsed else "",
            commit.owner,
            commit.owner,
            commit.source_id,
        ),
    )


def _weigh_guids(work: _Pass, seen: GuidCheck, identity: Identity) -> None:
    (text,) = work.conn.execute(
        "SELECT guids FROM sources WHERE id = ?", (work.commit.source_id,)
    ).fetchone()
    trust = codec.unpack_guids(text)
    if (weighed := identity.weigh(trust, seen)) != trust:
        work.conn.execute(
            "UPDATE sources SET guids = ? WHERE id = ?",
            (codec.pack_guids(weighed), work.commit.source_id),
        )


def _log(work: _Pass, report: CommitReport) -> None:
    commit, fetched = work.commit, work.commit.fetched
    refused = dict(commit.parsed.refused) if commit.parsed else {}
    for reason, count in (("repeated", work.repeated), ("removed before", work.pruned)):
        if count:
            refused[reason] = refused.get(reason, 0) + count
    asked = fetched.retry_after
    row = {
        "source_id": commit.source_id,
        "at": fetched.started_at.timestamp(),
        "requested": fetched.requested_url or fetched.url,
        "url": fetched.url,
        "rate_group": commit.group,
        "sent": int(fetched.sent),
        "by_hand": int(commit.by_hand),
        "outcome": fetched.outcome.kind,
        "stage": fetched.outcome.stage,
        "reason": fetched.outcome.reason,
        "status": fetched.outcome.status,
        "visits": codec.pack_visits(fetched.visits),
        "elapsed_ms": int(fetched.elapsed.total_seconds() * 1000),
        "wire_bytes": fetched.wire_bytes,
        "conditional": int(fetched.conditional),
        "had_validator": int(fetched.had_validator),
        "allowed_at": codec.seconds(commit.allowed_at),
        "retry_after": None if asked is None else int(asked.total_seconds()),
        "due": codec.seconds_up(commit.state.next_due),
        "due_reason": commit.state.due_reason,
        "found": commit.parsed.found if commit.parsed else 0,
        "new": report.new,
        "changed": report.changed,
        "gone": report.gone,
        "carried": report.carried,
        "refused": codec.dumps(refused) if refused else "{}",
        "repairs": codec.pack_strings(commit.parsed.repairs if commit.parsed else ()),
    }
    work.conn.execute(
        f"INSERT INTO fetches ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608 - names of columns, from just above
        tuple(row.values()),
    )
