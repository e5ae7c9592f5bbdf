"""Simulated services for tests, the demo and training: a J-LIS (``jlis``) and デジタル認証 (``digital_auth``).

They run offline, need no contract with anybody, and misbehave on request. All names they issue say ``JPKI-TEST``, so
that production refuses them. Nothing outside tests, demo and the command line imports this package.
"""
