"""What runs over time: due deadlines, the outbox, incoming messages and the web door, here or as workers of Temporal.

It asks the engine for every step and decides nothing itself.
"""
