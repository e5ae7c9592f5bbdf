"""検証: the universal verifier, reports and exports.

Shares formulas with the services, never their shortcuts or their state.
"""
