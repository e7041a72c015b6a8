-- What recurs (`starts: every`), and the last instant at which it was done; a projection of the answers to commands.
CREATE TABLE ticks (
    name TEXT PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
