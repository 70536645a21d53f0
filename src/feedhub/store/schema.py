"""The tables of the SQLite store, as numbered migrations that are only ever appended to.

Times are whole seconds since 1970 in UTC. Null means: ``sightings.gone_at``, still in the
source's document; ``items.effective``, kept out of latest; ``items.publisher``, the voice of
its source; ``items.story_id``, not placed yet; ``sources.next_due``, never fetched.
"""

from __future__ import annotations

import secrets
import sqlite3
from itertools import groupby

from sqlite_utils import Database, Migrations

from feedhub.errors import StoreError, StoreTooNew

migrations = Migrations("feedhub")

_FIRST = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE sources (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,          -- explicit id: of feeds.yaml, else the address
    url TEXT NOT NULL,
    name TEXT NOT NULL,                -- of feeds.yaml, else the feed's title, else its host
    publisher TEXT NOT NULL,           -- the voice; registrable domain unless told
    category TEXT,
    language TEXT,
    content TEXT NOT NULL,             -- title | excerpt | full
    weight REAL NOT NULL,
    role TEXT NOT NULL,                -- outlet | aggregator | toplist
    ordered TEXT,                      -- editorial | time; null: not told
    configured INTEGER NOT NULL,       -- 1 while it stands, enabled, in feeds.yaml
    place INTEGER NOT NULL,            -- its order there
    named INTEGER NOT NULL,            -- 1 when feeds.yaml gave the name
    entries INTEGER NOT NULL DEFAULT 0,-- how many its last document held
    outcome TEXT, stage TEXT, reason TEXT NOT NULL DEFAULT '', status INTEGER,
    next_due INTEGER,
    errors INTEGER NOT NULL DEFAULT 0, -- in a row
    leased_by TEXT, leased_until INTEGER,
    guids TEXT NOT NULL DEFAULT '{}',  -- GuidTrust as JSON
    state TEXT NOT NULL DEFAULT '{}'   -- FetchState as JSON
);
-- which source is due
CREATE INDEX sources_due ON sources(next_due) WHERE configured = 1;

CREATE TABLE items (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id INTEGER NOT NULL REFERENCES sources(id),
    publisher TEXT,
    story_id INTEGER REFERENCES stories(id),
    effective INTEGER, effective_why TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    published INTEGER,
    updated INTEGER NOT NULL,
    language TEXT,
    title TEXT NOT NULL,
    link TEXT, canonical TEXT,
    summary TEXT NOT NULL,
    authors TEXT NOT NULL, categories TEXT NOT NULL, counts TEXT NOT NULL,  -- JSON
    image TEXT, enclosures TEXT NOT NULL,                                   -- JSON
    comments_url TEXT, origin_name TEXT, origin_url TEXT,
    paywall INTEGER NOT NULL,
    content_html TEXT NOT NULL
);
-- the ranking window and the newest of a source
CREATE INDEX items_effective ON items(effective);
CREATE INDEX items_first_seen ON items(first_seen);
CREATE INDEX items_source ON items(source_id, effective);
-- the items of a story; and what the clusterer has not placed
CREATE INDEX items_story ON items(story_id) WHERE story_id IS NOT NULL;
CREATE INDEX items_unplaced ON items(id) WHERE story_id IS NULL;

CREATE TABLE item_titles (             -- headlines an item had before the present one
    item_id INTEGER NOT NULL REFERENCES items(id),
    until INTEGER NOT NULL,
    title TEXT NOT NULL
);
CREATE INDEX item_titles_item ON item_titles(item_id);

CREATE TABLE item_keys (               -- every guid, link, title and text ever seen
    scope INTEGER NOT NULL,            -- 0: all sources, else a source's id
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    item_id INTEGER NOT NULL,          -- stays when the item is pruned: a tombstone
    PRIMARY KEY (scope, kind, value)
) WITHOUT ROWID;
CREATE INDEX item_keys_item ON item_keys(item_id);

CREATE TABLE sightings (               -- that a source carries an item
    source_id INTEGER NOT NULL REFERENCES sources(id),
    item_id INTEGER NOT NULL REFERENCES items(id),
    entry_hash BLOB NOT NULL,
    position INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    gone_at INTEGER,
    PRIMARY KEY (source_id, item_id)
) WITHOUT ROWID;
CREATE INDEX sightings_item ON sightings(item_id);
CREATE INDEX sightings_live ON sightings(source_id, item_id) WHERE gone_at IS NULL;

CREATE TABLE stories (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created INTEGER NOT NULL
);

CREATE TABLE story_history (           -- append-only: which story an item was in, since when
    item_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    story_id INTEGER NOT NULL,
    PRIMARY KEY (item_id, at)
) WITHOUT ROWID;

CREATE TABLE orders (                  -- append-only: a source's order, when it changed
    source_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    items TEXT NOT NULL,               -- JSON list of item ids
    PRIMARY KEY (source_id, at)
) WITHOUT ROWID;

CREATE TABLE story_links (             -- what a person has said of two items
    a INTEGER NOT NULL, b INTEGER NOT NULL,   -- a < b
    kind TEXT NOT NULL,                -- join | split
    at INTEGER NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (a, b)
) WITHOUT ROWID;

CREATE TABLE redirects (               -- ids that were merged away, and where they lead
    kind TEXT NOT NULL,                -- i | s
    old_id INTEGER NOT NULL,
    new_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, old_id)
) WITHOUT ROWID;

CREATE TABLE observations (            -- append-only: what feeds say in numbers, when it changed
    item_id INTEGER NOT NULL REFERENCES items(id),
    kind TEXT NOT NULL,                -- comments, shares, score, views ...
    at INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (item_id, kind, at, source_id)
) WITHOUT ROWID;

CREATE TABLE fetches (                 -- the log the audit of manners reads
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id INTEGER NOT NULL REFERENCES sources(id),
    at REAL NOT NULL,                  -- with fractions: the audit looks at gaps of a second
    requested TEXT NOT NULL,           -- the address asked first
    url TEXT NOT NULL,                 -- the address that answered last
    rate_group TEXT NOT NULL,          -- as configured, else the host
    sent INTEGER NOT NULL,             -- 0: held back, nothing left this machine
    by_hand INTEGER NOT NULL,
    outcome TEXT NOT NULL, stage TEXT, reason TEXT NOT NULL, status INTEGER,
    elapsed_ms INTEGER NOT NULL,
    wire_bytes INTEGER NOT NULL,
    conditional INTEGER NOT NULL, had_validator INTEGER NOT NULL,
    allowed_at INTEGER,                -- the due time (by hand: end of pause) in force
    retry_after INTEGER,               -- seconds, as this answer asked for
    due INTEGER, due_reason TEXT NOT NULL,
    found INTEGER NOT NULL, new INTEGER NOT NULL, changed INTEGER NOT NULL,
    gone INTEGER NOT NULL, carried INTEGER NOT NULL,
    refused TEXT NOT NULL,             -- JSON: reason -> entries
    repairs TEXT NOT NULL              -- JSON list: how a malformed document was saved
);
CREATE INDEX fetches_source ON fetches(source_id, at);

CREATE TABLE subscriptions (           -- WebSub: hubs that push to us
    source_id INTEGER PRIMARY KEY REFERENCES sources(id),
    token TEXT NOT NULL UNIQUE,        -- the end of the callback's address
    next_step_at INTEGER,              -- null: nothing to do
    push_until INTEGER,                -- pushes stand in for polling until then
    data TEXT NOT NULL                 -- JSON: the subscription
);

CREATE TABLE leases (                  -- one clusterer, one ranker at a time
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE list_state (              -- each list as it was at the last tick that changed it
    slug TEXT PRIMARY KEY,
    tick INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,         -- of the configuration it was ranked under
    note TEXT NOT NULL, note_code TEXT NOT NULL,
    entries TEXT NOT NULL              -- JSON: places with their reasons
) WITHOUT ROWID;

CREATE TABLE fingerprints (            -- append-only: the configuration in force, since when
    tick INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL
);

CREATE TABLE list_changes (            -- append-only: who entered and left, at which tick
    slug TEXT NOT NULL,
    tick INTEGER NOT NULL,
    story_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL,
    change TEXT NOT NULL,              -- enter | leave
    position INTEGER NOT NULL,
    PRIMARY KEY (slug, tick, story_id, item_id, change)
) WITHOUT ROWID;

CREATE TABLE list_firsts (             -- the append-only feed: each story once, frozen
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL,
    story_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL,
    tick INTEGER NOT NULL,
    title TEXT NOT NULL, summary TEXT NOT NULL, link TEXT,
    entry TEXT NOT NULL,               -- JSON: the place it entered at, with its reasons
    UNIQUE (slug, story_id)
);

-- search; its own copy of the text, so that a row can be deleted without knowing it
CREATE VIRTUAL TABLE items_fts USING fts5(
    title, text, tokenize = "unicode61 remove_diacritics 2"
);
"""


def _run(db: Database, script: str) -> None:
    """Like executescript, which would commit the transaction that migrations run in."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            db.conn.execute(statement)
            statement = ""


@migrations()
def m001_first(db: Database) -> None:
    _run(db, _FIRST)
    # RFC 4151 wants a domain that is ours; .invalid can be nobody's (RFC 2606), and the
    # random label keeps two hubs apart for good, wherever they are served.
    label = f"{secrets.token_hex(8)}.feedhub.invalid"
    db.conn.execute("INSERT INTO meta VALUES ('authority', ?)", (f"{label},2026",))


_ARCHIVES = """
CREATE TABLE feed_entries (            -- append-only: what each archived feed ever held
    feed TEXT NOT NULL,                -- slug of a latest list, SLUG.new of a popular one
    n INTEGER NOT NULL,                -- 0, 1, 2 ... in order of entering; never reused
    key INTEGER NOT NULL,              -- item of a latest list, story of a popular one
    item_id INTEGER NOT NULL,
    story_id INTEGER NOT NULL,
    tick INTEGER NOT NULL,
    PRIMARY KEY (feed, n)
) WITHOUT ROWID;
CREATE UNIQUE INDEX feed_entries_key ON feed_entries(feed, key);

CREATE TABLE feed_archives (           -- complete archive documents: these bytes for ever
    feed TEXT NOT NULL,
    page INTEGER NOT NULL,
    format TEXT NOT NULL,              -- atom | rss
    body BLOB NOT NULL,                -- zlib
    at INTEGER NOT NULL,
    PRIMARY KEY (feed, page, format)
) WITHOUT ROWID;

INSERT INTO feed_entries (feed, n, key, item_id, story_id, tick)
    SELECT slug || '.new', row_number() OVER (PARTITION BY slug ORDER BY seq) - 1,
        story_id, item_id, story_id, tick FROM list_firsts;

-- items by when they were told, for paging
CREATE INDEX items_told ON items(coalesce(effective, first_seen), id);
"""

_PINGS = """
CREATE TABLE websub_pings (            -- hubs to be told of changed feeds, and the log of it
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hub TEXT NOT NULL,
    topic TEXT NOT NULL,
    asked_at INTEGER NOT NULL,         -- the tick that changed the feed
    attempts INTEGER NOT NULL DEFAULT 0,
    tried_at INTEGER,
    next_at INTEGER,                   -- null: told, or given up
    status INTEGER,
    reason TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX websub_pings_waiting ON websub_pings(hub, topic) WHERE next_at IS NOT NULL;
"""


_RANKING = """
CREATE TABLE clicks (                  -- our own readers', by the hour; nothing of who they were
    item_id INTEGER NOT NULL,
    hour INTEGER NOT NULL,             -- when it began
    count INTEGER NOT NULL,
    PRIMARY KEY (item_id, hour)
) WITHOUT ROWID;
CREATE INDEX clicks_hour ON clicks(hour);

CREATE TABLE item_links (              -- append-only: whose articles link to an item
    to_item INTEGER NOT NULL,
    publisher TEXT NOT NULL,           -- once each, however often it links
    from_item INTEGER NOT NULL,
    at INTEGER NOT NULL,               -- when both were known
    PRIMARY KEY (to_item, publisher)
) WITHOUT ROWID;

CREATE TABLE open_links (              -- canonical links to articles that are not known, yet
    value TEXT NOT NULL,
    publisher TEXT NOT NULL,
    from_item INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (value, publisher)
) WITHOUT ROWID;
CREATE INDEX open_links_at ON open_links(at);

-- links are read in items that come from now on
INSERT INTO meta SELECT 'links_read', coalesce(max(id), 0) FROM items;

CREATE TABLE list_places (             -- append-only: each list as a tick left it
    slug TEXT NOT NULL,
    tick INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    note_code TEXT NOT NULL,
    places TEXT NOT NULL,              -- JSON: [story, item] each, the first first
    PRIMARY KEY (slug, tick)
) WITHOUT ROWID;
"""


@migrations()
def m002_archives(db: Database) -> None:
    _run(db, _ARCHIVES)


@migrations()
def m003_websub(db: Database) -> None:
    _run(db, _PINGS)


@migrations()
def m004_ranking(db: Database) -> None:
    _run(db, _RANKING)


_UPKEEP = """
CREATE TABLE tombstones (              -- keys of removed items, so that none comes back as new
    mark INTEGER PRIMARY KEY,          -- 64 bits of a hash of the key
    day INTEGER NOT NULL               -- since 1970, when it was buried
);

-- what is old in a source; and what led to an item or story that goes
CREATE INDEX items_age ON items(source_id, first_seen);
CREATE INDEX redirects_new ON redirects(kind, new_id);
CREATE INDEX story_links_b ON story_links(b);

CREATE TABLE hands (                   -- append-only: what editors ordered, and took back
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,                -- i | s
    target INTEGER NOT NULL,
    action TEXT NOT NULL,              -- hide | pin | retitle | takedown
    value TEXT NOT NULL,
    slug TEXT NOT NULL,                -- the list meant; empty: all
    at INTEGER NOT NULL,
    until INTEGER,                     -- null: until undone
    by TEXT NOT NULL, note TEXT NOT NULL,
    undone_at INTEGER, undone_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX hands_target ON hands(kind, target);
"""


@migrations()
def m010_upkeep(db: Database) -> None:
    _run(db, _UPKEEP)


_OVERRIDES = """
CREATE TABLE overrides (               -- what hands in force come to, item by item
    item_id INTEGER PRIMARY KEY,
    gone INTEGER NOT NULL,             -- 0; 1: in no list or feed; 2: nowhere
    title TEXT,                        -- in place of its own
    at INTEGER NOT NULL                -- since when
);
"""


@migrations()
def m011_overrides(db: Database) -> None:
    _run(db, _OVERRIDES)


_VISITS = """
-- the hosts really asked, JSON [[rate group, when], ...]: more than one after redirects, none
-- where nothing left this machine; null in older rows
ALTER TABLE fetches ADD COLUMN visits TEXT;
"""


@migrations()
def m012_visits(db: Database) -> None:
    _run(db, _VISITS)


_PACKED = """
CREATE TABLE tombstones (              -- keys of removed items, so that none comes back as new
    id INTEGER PRIMARY KEY,            -- the first 16 bits of a key's hash
    marks BLOB NOT NULL                -- 48 more bits and a day, 8 bytes each
);
"""


@migrations()
def m013_tombstones(db: Database) -> None:
    """A row for many hashes: a row for each was nearly twice as large."""
    db.conn.execute("ALTER TABLE tombstones RENAME TO old_tombstones")
    _run(db, _PACKED)
    # as unsigned numbers, the negative ones come last
    for first, last in ((0, 2**63 - 1), (-(2**63), -1)):
        marks = db.conn.execute(
            "SELECT mark, day FROM old_tombstones WHERE mark BETWEEN ? AND ? ORDER BY mark",
            (first, last),
        )
        for row, group in groupby(marks, key=lambda mark: mark[0] >> 48 & 0xFFFF):
            packed = b"".join(
                (mark & 2**48 - 1).to_bytes(6, "big") + day.to_bytes(2, "big")
                for mark, day in group
            )
            db.conn.execute("INSERT INTO tombstones VALUES (?, ?)", (row, packed))
    db.conn.execute("DROP TABLE old_tombstones")


def migrate(conn: sqlite3.Connection) -> None:
    """Bring the database up to date, one process at a time. Raises StoreTooNew."""
    db = Database(conn)
    conn.execute("BEGIN IMMEDIATE")
    try:
        tables = set(db.table_names())
        if tables and Migrations.migrations_table not in tables:
            raise StoreError(
                "the database belongs to another program"
                f" (it has a table {sorted(tables)[0]}); choose another --db"
            )
        known = {name for name in globals() if name.startswith("m0")}
        foreign = [m.name for m in migrations.applied(db) if m.name not in known]
        if foreign:
            raise StoreTooNew(
                f"the database has changes this feedhub does not know ({', '.join(foreign)}): "
                "it was written by a newer version; upgrade feedhub, or choose another --db"
            )
        migrations.apply(db)
        conn.execute(f"PRAGMA user_version = {len(migrations.applied(db))}")
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
