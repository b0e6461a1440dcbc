"""Letters on paper: one A5 page for each child, as tagged PDF (PDF/UA-1).

What belongs here: how a letter looks, that it fits on one page, which signs the fonts have. What does not: what a
letter says, in which language, and who may have it. Texts come in as data and are never read as markup; nothing
here knows courses, databases or requests.

- `letter`: a letter as plain values
- `typeset`, `compiling`: letters -> the bytes of one PDF
- `fonts`, `shortening`: what becomes of a text that cannot stand as it is
"""
