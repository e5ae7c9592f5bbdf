"""Groups, proofs, signatures, blind signatures, the key ceremony, threshold decryption.

Pure but for the operating system's randomness: no files, no network, no knowledge of voters.
"""
