-- Small things that are no cases and end by themselves: users, logins, tokens, tries that failed. An end that is not
-- set is the largest integer.
CREATE TABLE kept (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_until ON kept (until) WHERE until < 9223372036854775807;
