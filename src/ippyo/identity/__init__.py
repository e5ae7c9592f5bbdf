"""Identity (本人確認): what a My Number Card shows, and whether it still holds.

Here are the card (``card/``), its certificates and their revocation, デジタル認証 (``digital_auth/``), and the messages
that a card signs. Nothing here knows a roll, a ticket's holder or a ballot; nothing here keeps a store. Personal data
and PINs pass through and are never in a log, an error or a ``repr``.
"""
