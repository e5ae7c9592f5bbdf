"""The bulletin board: an index of the public ledger, and the pages that show it."""
