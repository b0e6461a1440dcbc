"""How fast scores leave, how a roster is read, and what that costs launches: `make bench-deliveries`.

Platforms are processes of their own that answer after a while, count how many calls were under way at a time and
what they were asked for. Waymark runs as a school runs it: web server, and one worker process on SQLite or two on
PostgreSQL.
"""
