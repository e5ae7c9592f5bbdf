"""The card agent (docs/card-agent.md): lets a registration page use the card in the reader of the same computer.

A page starts a job; the voter sees in the agent's own window what will be signed, and types the PIN there. Here are
the jobs, what a card does for them, and the HTTP server on the loopback interface. Nothing here opens a connection to
anywhere, keeps anything on disk, or writes a PIN, a code, a signature or a certificate to a log.
"""
