"""What the platform knows (roster, columns, results) and what we tell it (scores through an outbox).

What belongs here: Names and Role Provisioning Services, Assignment and Grade Services, the rows that
keep what was read, and the durable write-back. What does not: deciding what a result means for learning
or what to write (that is `usecases`), launches, pages, Flask. Nothing here holds a database transaction
while it talks to a platform, and a failed reading never looks like an empty one.
"""
