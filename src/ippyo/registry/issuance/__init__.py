"""Issuance (投票券の発行): what every issuer checks for itself, signs blindly and keeps for the auditor."""
