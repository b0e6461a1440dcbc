"""The LMS's own API, for the results that Assignment and Grade Services do not show: one module for each LMS.

What belongs here: finding out whether a course can be reached this way, calling the API with a credential that
somebody of the school gave, and turning its answers into a `Gradebook`. What does not: keeping the credential,
matching students, and the database (`usecases.connect_gradebook`). Which module serves a course is decided by what
the platform's own service addresses look like (`offers`), never by the name of a product.
"""
