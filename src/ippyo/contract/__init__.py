"""The rules that every node enforces: a deterministic state machine.

No clock, randomness, network, float or unordered iteration may enter.
"""
