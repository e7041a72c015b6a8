-- The first form of the store. Instants are microseconds of UTC since 1970. Once released, a file in this
-- folder never changes: its SHA-256 is kept in the store; what comes next is a file with the next number.

CREATE TABLE migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 BLOB NOT NULL
) STRICT;

-- Kept as the steps go, so that nobody ever counts: the last number and key slot taken, cases by kind,
-- and the rows of the journal and of the access log up to which heads are sealed.
CREATE TABLE counters (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    open INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    late INTEGER NOT NULL,
    sealed INTEGER NOT NULL,
    sealed_access INTEGER NOT NULL
) STRICT;
INSERT INTO counters VALUES (1, 0, 0, 0, 0, 0, 0, 0);

-- Compiled documents, for ever, by the hash of what they were made of; `sha256` is that of the bytes here.
CREATE TABLE documents (
    hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    compiled BLOB NOT NULL
) STRICT;

CREATE TABLE in_force (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL REFERENCES documents (hash),
    since INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- The latest state of each case. Number 0 is the organisation's own stream. `tasks` are its open tasks as JSON:
-- what changed among them is then known without asking the table of tasks.
CREATE TABLE cases (
    number INTEGER PRIMARY KEY,
    case_id TEXT NOT NULL UNIQUE,
    procedure TEXT NOT NULL,
    definition TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    head BLOB NOT NULL,
    key_slot INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    late INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    next_due INTEGER,
    tasks TEXT NOT NULL,
    snapshot BLOB NOT NULL
) STRICT;
CREATE INDEX cases_by_procedure ON cases (procedure);
CREATE INDEX cases_open ON cases (procedure) WHERE closed = 0;
CREATE INDEX cases_all_open ON cases (closed) WHERE closed = 0;
CREATE INDEX cases_due ON cases (next_due) WHERE next_due IS NOT NULL;

CREATE TRIGGER cases_counted AFTER UPDATE OF closed, late ON cases
WHEN new.number > 0 AND (old.closed <> new.closed OR old.late <> new.late)
BEGIN
    UPDATE counters SET
        open = open - new.closed + old.closed,
        closed = closed + new.closed - old.closed,
        late = late + (new.late AND NOT new.closed) - (old.late AND NOT old.closed);
END;

-- One row a step; its hash covers every other column, with the id of the case in place of its number.
CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    number INTEGER NOT NULL REFERENCES cases (number),
    sequence INTEGER NOT NULL,
    command_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    ran_at INTEGER NOT NULL,
    definition TEXT NOT NULL,
    surroundings INTEGER NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL,
    entries BLOB NOT NULL,
    UNIQUE (number, sequence)
) STRICT;

-- What each command was told; the same command again gets the same answer.
CREATE TABLE answers (
    command_id TEXT PRIMARY KEY,
    answer BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Open work. A task stands once for each role or person it is for (`whose`: r:role, p:person, or empty),
-- so that each inbox is one stretch of the primary key. An instant that is not set is the largest integer,
-- and so comes last.
CREATE TABLE tasks (
    whose TEXT NOT NULL,
    act_by INTEGER NOT NULL,
    due INTEGER NOT NULL,
    since INTEGER NOT NULL,
    number INTEGER NOT NULL REFERENCES cases (number),
    task TEXT NOT NULL,
    kind TEXT NOT NULL,
    roles TEXT NOT NULL,
    people TEXT NOT NULL,
    deadline TEXT NOT NULL,
    PRIMARY KEY (whose, act_by, due, since, number, task, kind)
) STRICT, WITHOUT ROWID;

-- The outbox. An effect's key is case/sequence/n, here with the number of the case.
CREATE TABLE effects (
    number INTEGER NOT NULL REFERENCES cases (number),
    sequence INTEGER NOT NULL,
    n INTEGER NOT NULL,
    channel TEXT NOT NULL,
    operation TEXT NOT NULL,
    parameters BLOB NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_try INTEGER,
    wire BLOB,
    error TEXT NOT NULL,
    lease_until INTEGER,
    holder TEXT NOT NULL,
    asked_at INTEGER,
    unless_left TEXT NOT NULL,
    PRIMARY KEY (number, sequence, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX effects_waiting ON effects (coalesce(next_try, 0)) WHERE state = 'waiting';
CREATE INDEX effects_held ON effects (lease_until) WHERE holder <> '';

-- Fingerprints of what identifies a customer; `open` first, so that closed cases never slow a look-up.
CREATE TABLE identities (
    fingerprint BLOB NOT NULL,
    open INTEGER NOT NULL,
    number INTEGER NOT NULL REFERENCES cases (number),
    PRIMARY KEY (fingerprint, open, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_of_case ON identities (number);

CREATE TABLE inbound (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    received INTEGER NOT NULL,
    key_slot INTEGER NOT NULL,
    content BLOB NOT NULL,
    raw_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    case_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    UNIQUE (source, external_id)
) STRICT;
CREATE INDEX inbound_by_state ON inbound (state);

CREATE TABLE drafts (
    case_id TEXT NOT NULL,
    person TEXT NOT NULL,
    choice TEXT NOT NULL,
    key_slot INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (case_id, person, choice)
) STRICT, WITHOUT ROWID;

CREATE TABLE access_log (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    person TEXT NOT NULL,
    what TEXT NOT NULL,
    case_id TEXT NOT NULL,
    choice TEXT NOT NULL,
    code TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE seals (
    sequence INTEGER PRIMARY KEY,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL,
    content BLOB NOT NULL
) STRICT;

-- These stop accidents; against attackers there is the chain.
CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_is_not_cut BEFORE DELETE ON journal
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER access_log_is_not_changed BEFORE UPDATE ON access_log
BEGIN SELECT raise(ABORT, 'the access log is append-only'); END;
CREATE TRIGGER access_log_is_not_cut BEFORE DELETE ON access_log
BEGIN SELECT raise(ABORT, 'the access log is append-only'); END;
CREATE TRIGGER seals_are_not_changed BEFORE UPDATE ON seals
BEGIN SELECT raise(ABORT, 'the seals are append-only'); END;
CREATE TRIGGER seals_are_not_cut BEFORE DELETE ON seals
BEGIN SELECT raise(ABORT, 'the seals are append-only'); END;
CREATE TRIGGER documents_are_not_changed BEFORE UPDATE ON documents
BEGIN SELECT raise(ABORT, 'published documents are kept as they are'); END;
CREATE TRIGGER documents_are_not_cut BEFORE DELETE ON documents
BEGIN SELECT raise(ABORT, 'published documents are kept as they are'); END;
