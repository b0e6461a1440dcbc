"""Waymark against platform code that others wrote: real HTTP, a real browser, nothing of ours on the other side.

A peer is not a judge: where it is laxer than the standard, a test here proves less (see each peer's notes).
"""
