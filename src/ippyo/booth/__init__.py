"""The booth (投票): takes sealed ballots to the ledger, hands out receipts, and shows the bulletin board.

It never sees a name, a card, a registration code, a voting code or a choice, and keeps no address of anybody. Nothing
that could tell one may enter: no import of registry or identity, no session, no cookie, no account of a voter, no log
of who asked. All that it stores is on the public ledger already, or on its way there.
"""
