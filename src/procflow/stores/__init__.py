"""Where cases are kept: in memory, SQLite or PostgreSQL, behind one contract; keys and evidence beside them.

They know rows and sealed bytes, never what a procedure says.
"""
