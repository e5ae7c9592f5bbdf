"""集計: the offline counting station and the trustees.

Works by files, needs no network, never sees a single vote with a credential decrypted.
"""
