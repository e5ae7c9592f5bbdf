"""Archives (`.bel`) that the verifier of another project reads: one election, in its sense, for each contest.

Formats only, no cryptography: what goes out is what stands in the record.
"""
