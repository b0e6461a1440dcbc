"""The services a tool calls with an access token: people, columns, scores, results.

What does not belong here: pages for people, and messages that travel through a browser.
"""
