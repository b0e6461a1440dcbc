"""What strangers may send: every address that answers without a sign-in gets mutated requests for a while.

`make fuzz` runs it, `python -m tests.fuzz --minutes 0.5` is a quick try. It is no test of pytest's.
"""
