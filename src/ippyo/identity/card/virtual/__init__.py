"""A My Number Card in software, for tests, the demo and training: it answers as the real card does.

Never a substitute for a card: whoever has its file has its keys. Nothing here talks to a reader, except that the
virtual card can be plugged into the virtual reader of vpcd.
"""
