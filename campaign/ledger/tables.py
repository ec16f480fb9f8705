"""The tables. Money is integer micro-USD, time integer microseconds since 1970 (UTC), a set of words JSON text."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, MetaData, String, Table, Text

VERSION = 4
"""Version of this schema, kept in `meta`: a newer ledger is refused, an older one is brought up to it (migration.py)."""

metadata = MetaData()

_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts up by itself in SQLite

meta = Table(
    "meta",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

job = Table(
    "job",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("campaign", Text, nullable=False, index=True),
    Column("variant", Text, nullable=False),
    Column("segment", Text, nullable=False),
    Column("operation", String(16), nullable=False),
    Column("ratio", String(16)),
    Column("parent", String(64)),
    Column("provider", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("intent_id", String(36), nullable=False),
    Column("request_sha256", String(64)),
    Column("remote_id", Text),
    Column("price", BigInteger, nullable=False),
    Column("price_reserved", BigInteger, nullable=False),
    Column("price_final", BigInteger),
    Column("scopes", Text, nullable=False),
    Column("artifact_sha256", String(64)),
    Column("bytes", BigInteger),
    Column("first_send_at", BigInteger),
    Column("last_send_by", BigInteger),
    Column("url_seen_at", BigInteger),
    Column("url_expires_at", BigInteger),
    Column("reason", String(16)),
    Column("note", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("extras", Text),
    CheckConstraint("price_reserved >= 0 AND price >= 0", name="job_money"),
    Index("job_route", "provider", "operation", "state"),
)
"""One row per work key. A cache of `event`: `ledger verify` computes it anew and compares.

`extras` is a JSON list of the further files of a result, NULL when there are none.
"""

LEASE_COLUMNS = frozenset({"lease_owner", "lease_until"})
"""Who is at work now: the only columns that events do not tell, since nothing depends on them once they expire."""

event = Table(
    "event",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("key", String(64), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("from_state", String(16)),
    Column("to_state", String(16), nullable=False),
    Column("owner", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("request_id", Text),
    Column("note", Text, nullable=False),
    Column("changes", Text, nullable=False),
    Column("answer", Text),
    Index("event_key", "key", "seq"),
    sqlite_autoincrement=True,
)
"""Append-only. `changes` is a JSON object of the job's columns that changed, other than state, attempt, fence and note.

`answer` is what the provider said, as JSON text without secrets; NULL when nothing was kept.
"""

budget = Table(
    "budget",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("cap", BigInteger),
    Column("reserved", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("overrun", BigInteger, nullable=False),
    CheckConstraint("reserved >= 0 AND spent >= 0 AND overrun >= 0", name="budget_sign"),
    CheckConstraint("cap IS NULL OR reserved + spent - overrun <= cap", name="budget_cap"),
)
"""`overrun` is what lies above the cap by no decision of ours: a vendor billed more than it quoted, or the cap was lowered."""

brake = Table(
    "brake",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
)
"""Providers from which nothing is bought until a person has looked."""

route = Table(
    "route",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("operation", String(16), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("recent", String(20), nullable=False),
    Column("trips", Integer, nullable=False),
    Column("waits", Integer, nullable=False),
    Column("until", BigInteger),
    Column("probe_until", BigInteger),
    Column("note", Text, nullable=False),
)
"""How well a provider takes an operation (routes.py). The operation `*` is the provider as a whole; its row is also the lock
under which buyers of this provider count what is in flight."""

upload = Table(
    "upload",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("ref", Text, nullable=False),
    Column("expires_at", BigInteger),
)
"""What a provider calls bytes that were uploaded to it. `account` is a fingerprint of the key, never the key."""

approval = Table(
    "approval",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("campaign", Text, nullable=False),
    Column("variant", Text, nullable=False),
    Column("ratio", String(16), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("file", Text, nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("prompt_sha256", String(64), nullable=False),
    Column("model", Text, nullable=False),
    Column("takes", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Index("approval_of", "campaign", "variant", "ratio", "seq"),
    sqlite_autoincrement=True,
)
"""Append-only: the newest decision about a draft counts. `takes` is a JSON list of its parts."""

spend_approval = Table(
    "spend_approval",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("campaign", Text, nullable=False),
    Column("plan_sha256", String(64), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("jobs", Integer, nullable=False),
    Column("left_out", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Index("spend_approval_of", "campaign", "plan_sha256", "seq"),
    sqlite_autoincrement=True,
)
"""Append-only: the newest answer about a plan counts. `left_out` is a JSON list of variants."""

hint = Table(
    "hint",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("provider", Text, nullable=False),
    Column("intent_id", String(36), nullable=False),
    Column("remote_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("hint_of", "intent_id", "remote_id", unique=True),
    sqlite_autoincrement=True,
)
"""A provider said that there is news of an intent, which it calls `remote_id`: wakes whoever waits for it, and proves nothing.
Said again it is the same row."""

edition = Table(
    "edition",
    metadata,
    Column("campaign", Text, primary_key=True),
    Column("variant", Text, primary_key=True),
    Column("ask_key", String(64), primary_key=True),
    Column("edition", Integer, primary_key=True),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("edition_ask", "ask_key"),
)

finished = Table(
    "finished",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("campaign", Text, nullable=False, index=True),
    Column("variant", Text, nullable=False),
    Column("ratio", String(16), nullable=False),
    Column("placement", Text),
    Column("sha256", String(64), nullable=False),
    Column("poster_sha256", String(64), nullable=False),
    Column("facts", Text, nullable=False),
    Column("report", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)

waiver = Table(
    "waiver",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("campaign", Text, nullable=False),
    Column("key", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("check", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Index("waiver_of", "key", "sha256"),
    sqlite_autoincrement=True,
)
"""Append-only: errors of one check that a person lets pass in one finished file."""

run = Table(
    "run",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("campaign", Text, nullable=False, index=True),
    Column("asked", Text, nullable=False),
    Column("snapshot", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("outcome", Text),
)
