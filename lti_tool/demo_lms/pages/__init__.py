"""Pages that people use: sign-in, course, activities, gradebook, tools, people, message log.

What does not belong here: addresses that tools call. A page reads the request, does one thing, and renders.
"""
