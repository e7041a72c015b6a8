-- The first form of the store on PostgreSQL: the tables of SQLite's form 4, column by column, so that a workspace can
-- be copied from one to the other. Once released, a file in this folder never changes: its SHA-256 is kept in the
-- store; what comes next is a file with the next number. Texts are ordered by their bytes (COLLATE "C"), whatever the
-- language of the database.

CREATE TABLE migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 bytea NOT NULL
);

-- What the store knows of itself. `base` keeps the places of steps in order where the store was brought into another
-- server; `mark` is made with the key file of this store, so that a node with another one is refused.
CREATE TABLE house (
    one smallint PRIMARY KEY CHECK (one = 1),
    base bigint NOT NULL,
    mark bytea
);
INSERT INTO house VALUES (1, 0, NULL);

-- The last number and key slot taken, and the places up to which heads are sealed.
CREATE TABLE counters (
    one smallint PRIMARY KEY CHECK (one = 1),
    number bigint NOT NULL,
    slot bigint NOT NULL,
    sealed bigint NOT NULL,
    sealed_access bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO counters VALUES (1, 0, 0, 0, 0);

-- Counters in parts: each server process has a part of its own, so that no two steps wait for one row; the sum counts.
CREATE TABLE tallies (
    part integer PRIMARY KEY,
    open bigint NOT NULL,
    closed bigint NOT NULL,
    late bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE documents (
    hash text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL,
    name text NOT NULL,
    published_at bigint NOT NULL,
    sha256 bytea NOT NULL,
    compiled bytea NOT NULL
);

CREATE TABLE in_force (
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    hash text COLLATE "C" NOT NULL REFERENCES documents (hash),
    since bigint NOT NULL,
    PRIMARY KEY (kind, name)
);

CREATE TABLE cases (
    number bigint PRIMARY KEY,
    case_id text COLLATE "C" NOT NULL UNIQUE,
    procedure text COLLATE "C" NOT NULL,
    definition text NOT NULL,
    sequence bigint NOT NULL,
    head bytea NOT NULL,
    key_slot bigint NOT NULL,
    closed integer NOT NULL,
    late integer NOT NULL,
    outcome text NOT NULL,
    next_due bigint,
    tasks text NOT NULL,
    snapshot bytea NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX cases_by_procedure ON cases (procedure, number);
CREATE INDEX cases_open ON cases (procedure, number) WHERE closed = 0;
CREATE INDEX cases_all_open ON cases (number) WHERE closed = 0;
CREATE INDEX cases_due ON cases (next_due, number) WHERE next_due IS NOT NULL;

-- One row a step. `place` orders the steps of all cases: first the transaction, then the step in it; see `changes`.
CREATE TABLE journal (
    place bigint NOT NULL UNIQUE,
    number bigint NOT NULL,
    sequence bigint NOT NULL,
    command_id text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    ran_at bigint NOT NULL,
    definition text NOT NULL,
    surroundings bigint NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    entries bytea NOT NULL,
    PRIMARY KEY (number, sequence)
);

CREATE TABLE answers (
    command_id text COLLATE "C" PRIMARY KEY,
    answer bytea NOT NULL
);

CREATE TABLE tasks (
    whose text COLLATE "C" NOT NULL,
    act_by bigint NOT NULL,
    due bigint NOT NULL,
    since bigint NOT NULL,
    number bigint NOT NULL,
    task text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    roles text NOT NULL,
    people text NOT NULL,
    deadline text NOT NULL,
    PRIMARY KEY (whose, act_by, due, since, number, task, kind)
);
CREATE INDEX tasks_by_age ON tasks (whose, since);

-- As `tallies`: in parts.
CREATE TABLE queues (
    whose text COLLATE "C" NOT NULL,
    part integer NOT NULL,
    work bigint NOT NULL,
    items bigint NOT NULL,
    PRIMARY KEY (whose, part)
) WITH (fillfactor = 50);

CREATE TABLE turns (
    place text COLLATE "C" PRIMARY KEY,
    last text NOT NULL
);

CREATE TABLE done_for (
    person text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    number bigint NOT NULL,
    sequence bigint NOT NULL,
    choice text NOT NULL,
    done_by text NOT NULL,
    PRIMARY KEY (person, at, number, sequence)
);

CREATE TABLE effects (
    number bigint NOT NULL,
    sequence bigint NOT NULL,
    n bigint NOT NULL,
    channel text NOT NULL,
    operation text NOT NULL,
    parameters bytea NOT NULL,
    state text NOT NULL,
    attempts integer NOT NULL,
    next_try bigint,
    wire bytea,
    error text NOT NULL,
    lease_until bigint,
    holder text NOT NULL,
    asked_at bigint,
    unless_left text NOT NULL,
    PRIMARY KEY (number, sequence, n)
) WITH (fillfactor = 70);
CREATE INDEX effects_waiting ON effects (coalesce(next_try, 0), number, sequence, n) WHERE state = 'waiting';
CREATE INDEX effects_asked ON effects (coalesce(asked_at, 0), number, sequence, n) WHERE state = 'waiting';
CREATE INDEX effects_held ON effects (lease_until) WHERE holder <> '';

CREATE TABLE identities (
    fingerprint bytea NOT NULL,
    open integer NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (fingerprint, open, number)
);
CREATE INDEX identities_of_case ON identities (number);

CREATE TABLE inbound (
    place bigint PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    source text COLLATE "C" NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    received bigint NOT NULL,
    key_slot bigint NOT NULL,
    content bytea NOT NULL,
    raw_hash text NOT NULL,
    state text COLLATE "C" NOT NULL,
    case_id text NOT NULL,
    reason text NOT NULL,
    UNIQUE (source, external_id)
);
CREATE INDEX inbound_by_state ON inbound (state, place);

CREATE TABLE drafts (
    case_id text COLLATE "C" NOT NULL,
    person text COLLATE "C" NOT NULL,
    choice text COLLATE "C" NOT NULL,
    key_slot bigint NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (case_id, person, choice)
);

CREATE TABLE ticks (
    name text COLLATE "C" PRIMARY KEY,
    last bigint NOT NULL
);

CREATE TABLE kept (
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    value bytea NOT NULL,
    until bigint NOT NULL,
    PRIMARY KEY (kind, name)
);
CREATE INDEX kept_until ON kept (until) WHERE until < 9223372036854775807;

CREATE TABLE access_log (
    sequence bigint PRIMARY KEY,
    at bigint NOT NULL,
    person text NOT NULL,
    what text NOT NULL,
    case_id text NOT NULL,
    choice text NOT NULL,
    code text NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL
);

CREATE TABLE seals (
    sequence bigint PRIMARY KEY,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    content bytea NOT NULL
);

-- What lies in files beside a store on SQLite, and must be one and the same for every node: the keys of cases, each
-- sealed under the key file, and the evidence, each file sealed under the key of its case.
CREATE TABLE case_keys (
    slot bigint PRIMARY KEY,
    sealed bytea NOT NULL
);

CREATE TABLE evidence (
    hash text COLLATE "C" NOT NULL,
    slot bigint NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (hash, slot)
);
ALTER TABLE evidence ALTER COLUMN sealed SET STORAGE EXTERNAL;

-- Locks that are no rows, one number for each use, apart for each store in a database.
CREATE FUNCTION procflow_lock(what integer) RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT ('cases'::regclass::oid::bigint << 8) | what $$;

-- The place of the nth step of this transaction.
CREATE FUNCTION procflow_place(n integer) RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT base + (pg_current_xact_id()::text::bigint << 10) + n FROM house $$;

-- The place below which no step is stored any more: every transaction that could do so has ended.
CREATE FUNCTION procflow_settled() RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT base + (pg_snapshot_xmin(pg_current_snapshot())::text::bigint << 10) FROM house $$;

-- What a step was decided on still holds. Each takes its lock first and looks then, with eyes of that instant: a
-- question inside a function that may change things sees what was stored while the lock was waited for.
CREATE FUNCTION procflow_organisation_at(expected bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(procflow_lock(1));
    RETURN expected = coalesce((SELECT sequence FROM cases WHERE number = 0), 0);
END $$;

CREATE FUNCTION procflow_organisation_moves() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(procflow_lock(1));
    RETURN true;
END $$;

CREATE FUNCTION procflow_people_hold(who text[], works bigint[], turn_at text[], lasts text[])
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(procflow_lock(2));
    FOR i IN 1 .. coalesce(array_length(who, 1), 0) LOOP
        IF coalesce((SELECT sum(work) FROM queues WHERE whose = 'p:' || who[i]), 0) <> works[i] THEN
            RETURN false;
        END IF;
    END LOOP;
    FOR i IN 1 .. coalesce(array_length(turn_at, 1), 0) LOOP
        IF coalesce((SELECT last FROM turns WHERE place = turn_at[i]), '') <> lasts[i] THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END $$;

CREATE FUNCTION procflow_found(wanted text, prints bytea[]) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF cardinality(prints) = 0 THEN
        RETURN (SELECT coalesce(string_agg(number || ':' || sequence, ' ' ORDER BY number), '')
            FROM cases WHERE procedure = wanted AND closed = 0);
    END IF;
    RETURN (SELECT coalesce(string_agg(number || ':' || sequence, ' ' ORDER BY number), '') FROM (
        SELECT c.number, c.sequence FROM identities i JOIN cases c ON c.number = i.number
        WHERE i.fingerprint = ANY (prints) AND i.open = 1 AND c.procedure = wanted
        GROUP BY c.number, c.sequence
        HAVING count(*) = (SELECT count(DISTINCT one) FROM unnest(prints) AS one)
    ) AS those);
END $$;

-- One look at other cases; `prints` are hexadecimal, apart by blanks.
CREATE FUNCTION procflow_cases_hold(wanted text[], prints text[], saw text[])
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(procflow_lock(3));
    FOR i IN 1 .. array_length(wanted, 1) LOOP
        IF procflow_found(wanted[i], ARRAY(
            SELECT decode(one, 'hex') FROM unnest(string_to_array(prints[i], ' ')) AS one WHERE one <> ''
        )) <> saw[i] THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END $$;

CREATE FUNCTION procflow_message_free(message text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN coalesce((SELECT state <> 'taken' FROM inbound WHERE id = message FOR UPDATE), false);
END $$;

CREATE FUNCTION procflow_slot_of(message text) RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT key_slot FROM inbound WHERE id = message $$;

-- Ends a step that cannot be stored whole, with what is wrong in one word.
CREATE FUNCTION procflow_must(holds boolean, otherwise text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF NOT holds THEN
        RAISE EXCEPTION USING ERRCODE = 'PF001', MESSAGE = otherwise;
    END IF;
    RETURN true;
END $$;

CREATE FUNCTION procflow_count_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tallies AS t VALUES (
        pg_backend_pid() & 63,
        old.closed - new.closed,
        new.closed - old.closed,
        (new.late = 1 AND new.closed = 0)::int - (old.late = 1 AND old.closed = 0)::int
    ) ON CONFLICT (part) DO UPDATE SET
        open = t.open + excluded.open, closed = t.closed + excluded.closed, late = t.late + excluded.late;
    RETURN NULL;
END $$;
CREATE TRIGGER cases_counted AFTER UPDATE OF closed, late ON cases FOR EACH ROW
WHEN (new.number > 0 AND (old.closed <> new.closed OR old.late <> new.late))
EXECUTE FUNCTION procflow_count_case();

-- These stop accidents; against attackers there is the chain.
CREATE FUNCTION procflow_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'PF002', MESSAGE = TG_TABLE_NAME || ' is only ever added to';
END $$;
CREATE TRIGGER journal_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
FOR EACH STATEMENT EXECUTE FUNCTION procflow_only_added_to();
CREATE TRIGGER access_log_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON access_log
FOR EACH STATEMENT EXECUTE FUNCTION procflow_only_added_to();
CREATE TRIGGER seals_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON seals
FOR EACH STATEMENT EXECUTE FUNCTION procflow_only_added_to();
CREATE TRIGGER documents_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON documents
FOR EACH STATEMENT EXECUTE FUNCTION procflow_only_added_to();
