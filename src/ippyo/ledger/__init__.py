"""What orders and keeps transactions: engines, Merkle tree, checkpoints, witnesses, receipts, records.

Knows the contract only as a state machine.
"""
