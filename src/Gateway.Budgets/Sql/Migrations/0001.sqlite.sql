CREATE TABLE ledger_id (id TEXT NOT NULL) STRICT;
INSERT INTO ledger_id (id) VALUES (lower(hex(randomblob(16))));

CREATE TABLE ledger (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    partition TEXT NOT NULL,
    request TEXT NOT NULL,
    version INTEGER NOT NULL,          -- of the entry's format
    position TEXT NOT NULL,            -- in the partition's ledger that it came from
    held INTEGER NOT NULL,             -- 1 if the request still held what it had reserved
    time_us INTEGER NOT NULL,          -- when the request came, in microseconds of Unix time
    organization TEXT,
    team TEXT,
    project TEXT,
    key_id TEXT,
    user_id TEXT,
    tags TEXT NOT NULL,                -- a JSON array of texts, in ordinal order
    route TEXT NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    input_tokens INTEGER NOT NULL,
    cached_input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    price_version TEXT,
    cost INTEGER NOT NULL,             -- in nano-US-dollars
    basis TEXT NOT NULL,
    outcome TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    charges TEXT NOT NULL,             -- counter, amount and total by turns
    entry TEXT NOT NULL,               -- the whole entry, as it came
    UNIQUE (partition, request)) STRICT;
CREATE INDEX ledger_time ON ledger (time_us);

CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TABLE ledger_rejected (
    partition TEXT NOT NULL,
    position TEXT NOT NULL,
    payload BLOB NOT NULL,             -- a JSON object of the fields, as they came
    reason TEXT NOT NULL,
    rejected_us INTEGER NOT NULL,
    PRIMARY KEY (partition, position)) STRICT, WITHOUT ROWID;
