"""Short functions that join the other packages into what a person wants done.

What belongs here: policy that turns what a platform says into evidence, and decisions into what the
platform shall show; each use case in its own module, with its own tests. What does not: protocols
(`launch`, `grades`), rules of learning (`pathways`), requests and pages (`web`). Use cases take a
session or database, values and the time; they never read a clock or Flask's globals.
"""
