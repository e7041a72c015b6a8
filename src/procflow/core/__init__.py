"""The rules, pure: what a procedure is, what a case's journal folds to, and what a command does to it.

No clock, no dice, no files, no logging, no threads: an instant and everything else that counts come in as arguments.
"""
