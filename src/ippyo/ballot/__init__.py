"""The sealed ballot of an anonymous credential: voting code, ticket, sealing, checking, tracker.

Never a name, a card or a registration code.
"""
