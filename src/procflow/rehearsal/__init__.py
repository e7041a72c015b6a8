"""Procedures played with a clock that jumps: scenarios, coverage, mutation, and ways of the prover in the real engine."""
