"""The whole gradebook of a course, as something other than Assignment and Grade Services gave it to us.

A platform shows a tool only the columns that the tool made. The others come with a file that a teacher exported
(`grades.gradebook_files`) or from the LMS's own API (`grades.native_apis`); both end in a `Gradebook`. What belongs
here: that shape, and matching its rows with the people of a course. What does not: where it came from, the
database, pages, and deciding what becomes of the results (the use cases).
"""
