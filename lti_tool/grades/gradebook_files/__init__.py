"""The gradebook as a file that a teacher exported from the LMS: bytes in, a `Gradebook` out.

What belongs here: recognising which LMS wrote a CSV file, or that a zip file is a OneRoster export, and reading its
students, columns and cells. One module for each LMS says only what differs. What does not: the database, pages, and
deciding what becomes of the results (that is `usecases.import_gradebook`). Nothing is guessed: what cannot be read is
named, with the reason.
"""
