"""From a voter's browser to the ledger: what is looked at before it is kept, the outbox, its sender, receipts."""
