"""認証 registry: it knows who, and never sees a ballot, a credential, a ticket or a voting code.

A Django project. One issuer runs it as the town's desk (roll, codes, registration, issuance, console); every further
issuer runs its own, with its own database, roll, keys and staff, and checks each request for itself.
The room may not import booth, counting or audit, nor anything that makes or reads a voter's secrets.
"""
