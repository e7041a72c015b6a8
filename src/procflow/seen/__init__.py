"""What whoever operates a house sees of it: events, as lines, figures and traces. Nothing here runs unless it is asked for.

It must not change what anybody does, and it names nobody: no customer, no person at the desk, no word that was typed.
"""
