"""The ledger: what is wished of the Wayback Machine, what was asked of it, and what came of it, truthfully."""
