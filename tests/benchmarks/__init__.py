"""Measurements, run by their own make targets; nothing here is a test, because machines are noisy."""
