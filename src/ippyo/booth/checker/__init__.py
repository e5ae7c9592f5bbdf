"""The checker: one HTML file that shows what a sealed ballot holds (docs/booth.md §3), and its server.

It must not come from the booth that it checks: another origin, another machine, or a file that the voter saved. It is
made from a poll's texts alone, asks nobody anything, and works without a network.
"""
