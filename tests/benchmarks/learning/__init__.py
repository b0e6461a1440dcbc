"""Judges of the learning core: recorded answers for the estimates, simulated students for the next steps."""
