"""Faults, injected into real runs: what survives them is counted, what does not is named."""
