"""Waymark: an LTI 1.3 Advantage tool that gives every student one good next step, with the reason."""

__version__ = "0.1.0"
