"""Faults on purpose: processes killed, disks that fail, bytes that flip. `python -m faults` counts those that really
fired, and what did not hold afterwards.
"""
