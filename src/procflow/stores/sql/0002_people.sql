-- Queues and turns. `queues` counts the rows of `tasks` for each role and person as the steps go, so that nobody ever
-- counts them; `turns` keeps whose turn it was last; `done_for` what was done in the name of an absent person.

CREATE TABLE queues (
    whose TEXT PRIMARY KEY,
    work INTEGER NOT NULL,
    items INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO queues SELECT whose, sum(kind = 'work'), sum(kind <> 'work') FROM tasks GROUP BY whose;

CREATE INDEX tasks_by_age ON tasks (whose, since);

CREATE TABLE turns (
    place TEXT PRIMARY KEY,
    last TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE done_for (
    person TEXT NOT NULL,
    at INTEGER NOT NULL,
    number INTEGER NOT NULL REFERENCES cases (number),
    sequence INTEGER NOT NULL,
    choice TEXT NOT NULL,
    done_by TEXT NOT NULL,
    PRIMARY KEY (person, at, number, sequence)
) STRICT, WITHOUT ROWID;
