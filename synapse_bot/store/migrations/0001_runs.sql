-- One row a recorded review: what `runs list` shows, and the audit JSON that `runs show` renders.
CREATE TABLE runs (
    sequence      INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    change_key    TEXT NOT NULL,
    ref           TEXT NOT NULL,
    route         TEXT NOT NULL,
    verdict       TEXT NOT NULL,
    findings      INTEGER NOT NULL,
    started_at    TEXT NOT NULL,
    seconds       REAL NOT NULL,
    config_digest TEXT NOT NULL,
    audit         TEXT NOT NULL
);

CREATE INDEX runs_newest ON runs (started_at DESC, sequence DESC);
CREATE INDEX runs_change ON runs (change_key);
