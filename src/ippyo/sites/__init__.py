"""What the Django sites of registry and booth have in common: headers, JSON answers, logs, serving.

Neither site may import the other, so what both need stands here. Nothing enters that knows a voter, a card, a ticket or
a ballot, and no module here asks for a site's configuration: what differs is a parameter.
"""
