"""What orders and keeps transactions: engines, chain, checkpoints, witnesses, receipts, records.

Engines know the rules as a state machine that they are given; only a node (``comet/node.py``, ``comet/prechecks.py``)
knows that these are the contract's.
"""
