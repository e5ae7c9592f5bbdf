"""The comet engine (docs/nodes.md): several operators keep one ledger together, each checking every rule itself.

CometBFT orders transactions and finalises blocks; the application in here is what it drives. No rule of voting is in
this folder: those are the contract's. Blocks, headers, checkpoints and receipts are those of every engine.
"""
