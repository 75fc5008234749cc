-- What lasts beyond a process: reviews in the making, their finished steps, what is to be posted,
-- what happened, and what was used. Every table has a tenant. Times are seconds since the epoch.

ALTER TABLE runs RENAME TO runs_before_tenants;
DROP INDEX runs_newest;
DROP INDEX runs_change;

CREATE TABLE runs (
    sequence      INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant        TEXT NOT NULL DEFAULT 'local',
    id            TEXT NOT NULL,
    change_key    TEXT NOT NULL,
    ref           TEXT NOT NULL,
    route         TEXT NOT NULL,
    verdict       TEXT NOT NULL,
    findings      INTEGER NOT NULL,
    started_at    TEXT NOT NULL,
    seconds       REAL NOT NULL,
    config_digest TEXT NOT NULL,
    audit         TEXT NOT NULL,
    UNIQUE (tenant, id)
);

INSERT INTO runs (
    sequence, id, change_key, ref, route, verdict, findings, started_at, seconds, config_digest,
    audit
) SELECT
    sequence, id, change_key, ref, route, verdict, findings, started_at, seconds, config_digest,
    audit
FROM runs_before_tenants;

DROP TABLE runs_before_tenants;

CREATE INDEX runs_newest ON runs (started_at DESC, sequence DESC);
CREATE INDEX runs_change ON runs (change_key);

CREATE TABLE workflows (
    sequence      INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant        TEXT NOT NULL DEFAULT 'local',
    id            TEXT NOT NULL,
    change_key    TEXT NOT NULL,
    ref           TEXT NOT NULL,
    version       TEXT NOT NULL,
    config_digest TEXT NOT NULL,
    request       TEXT NOT NULL,
    state         TEXT NOT NULL,
    started_at    REAL NOT NULL,
    deadline_at   REAL NOT NULL,
    owner         TEXT NOT NULL,
    heartbeat_at  REAL NOT NULL,
    attempts      INTEGER NOT NULL,
    why           TEXT NOT NULL DEFAULT '',
    UNIQUE (tenant, id)
);

CREATE INDEX workflows_state ON workflows (state, heartbeat_at);
CREATE INDEX workflows_change ON workflows (change_key);

CREATE TABLE steps (
    sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant      TEXT NOT NULL DEFAULT 'local',
    run         TEXT NOT NULL,
    step        TEXT NOT NULL,
    key         TEXT NOT NULL,
    data        TEXT NOT NULL,
    seconds     REAL NOT NULL,
    recorded_at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0),
    UNIQUE (tenant, run, step)
);

CREATE INDEX steps_pace ON steps (step, sequence);

CREATE TABLE outbox (
    sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant      TEXT NOT NULL DEFAULT 'local',
    key         TEXT NOT NULL,
    run         TEXT NOT NULL,
    target      TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'posted')),
    url         TEXT NOT NULL DEFAULT '',
    intended_at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0),
    UNIQUE (tenant, key)
);

CREATE INDEX outbox_run ON outbox (run);

CREATE TABLE holds (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant   TEXT NOT NULL DEFAULT 'local',
    key      TEXT NOT NULL,
    at       REAL NOT NULL,
    until    REAL NOT NULL,
    reviews  INTEGER NOT NULL,
    tokens   INTEGER NOT NULL,
    usd      REAL NOT NULL,
    settled  INTEGER NOT NULL DEFAULT 0,
    UNIQUE (tenant, key)
);

CREATE INDEX holds_time ON holds (tenant, at);
CREATE INDEX holds_open ON holds (tenant) WHERE settled = 0;

-- The ledger: entries are added, and nothing else is ever done to them. `happened_at` is when it
-- was so, `known_at` when it was learned: both are needed to say what was known on a day.
CREATE TABLE events (
    sequence      INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant        TEXT NOT NULL DEFAULT 'local',
    run           TEXT NOT NULL,
    type          TEXT NOT NULL,
    happened_at   REAL NOT NULL,
    known_at      REAL NOT NULL,
    config_digest TEXT NOT NULL,
    data          TEXT NOT NULL,
    key           TEXT NOT NULL DEFAULT ''
);

CREATE UNIQUE INDEX events_key ON events (tenant, key) WHERE key <> '';
CREATE INDEX events_run ON events (run, sequence);

-- The one door for retention. Its value is set and taken back within one transaction.
CREATE TABLE ledger_door (known_before REAL);
INSERT INTO ledger_door VALUES (NULL);

CREATE TRIGGER events_unchanged BEFORE UPDATE ON events BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;

CREATE TRIGGER events_undeleted BEFORE DELETE ON events
WHEN OLD.known_at >= coalesce((SELECT known_before FROM ledger_door), OLD.known_at)
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;

-- What keeps failing, by its key: a circuit breaker as JSON. See breaker/shared.py.
CREATE TABLE breakers (
    tenant TEXT NOT NULL DEFAULT 'local',
    key    TEXT NOT NULL,
    data   TEXT NOT NULL,
    PRIMARY KEY (tenant, key)
);
