"""The gradebook as a file that a teacher exported from the LMS: bytes in, dataclasses out.

What belongs here: recognising which LMS wrote a CSV file, reading its students, columns and cells, and matching
its rows with the people of a course. One module for each LMS says only what differs. What does not: the
database, pages, and deciding what becomes of the results (that is `usecases.import_gradebook`). Nothing is
guessed: what cannot be read or matched is named, with the reason.
"""
