CREATE TABLE ledger_id (id TEXT NOT NULL);
INSERT INTO ledger_id (id) VALUES (replace(gen_random_uuid()::text, '-', ''));

CREATE TABLE ledger (
    sequence BIGINT GENERATED ALWAYS AS IDENTITY,
    partition TEXT NOT NULL,
    request TEXT NOT NULL,
    version BIGINT NOT NULL,           -- of the entry's format
    position TEXT NOT NULL,            -- in the partition's ledger that it came from
    held BIGINT NOT NULL,              -- 1 if the request still held what it had reserved
    time_us BIGINT NOT NULL,           -- when the request came, in microseconds of Unix time
    organization TEXT,
    team TEXT,
    project TEXT,
    key_id TEXT,
    user_id TEXT,
    tags TEXT NOT NULL,                -- a JSON array of texts, in ordinal order
    route TEXT NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    input_tokens BIGINT NOT NULL,
    cached_input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    price_version TEXT,
    cost BIGINT NOT NULL,              -- in nano-US-dollars
    basis TEXT NOT NULL,
    outcome TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    charges TEXT NOT NULL,             -- counter, amount and total by turns
    entry TEXT NOT NULL,               -- the whole entry, as it came
    PRIMARY KEY (partition, request));
CREATE INDEX ledger_time ON ledger (time_us);
CREATE INDEX ledger_sequence ON ledger (sequence);

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only';
END
$$;
CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE ON ledger FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

CREATE TABLE ledger_rejected (
    partition TEXT NOT NULL,
    position TEXT NOT NULL,
    payload BYTEA NOT NULL,            -- a JSON object of the fields, as they came
    reason TEXT NOT NULL,
    rejected_us BIGINT NOT NULL,
    PRIMARY KEY (partition, position));
