"""The ways by which an approved step reaches a student inside the LMS, beside the words in the gradebook.

What belongs here: one module for each channel, what all of them are to the rest (`channel`), and which of them an
LMS offers (`choice`). What does not: which course uses which, what is wanted and when it is delivered
(`usecases.choose_channels`, `usecases.deliver_steps`), and the words of pages about channels (`web.channels`). A
channel uses the LMS's own API with the credential of the course's gradebook connection; `opening_grade` alone needs
none, because it is a score and goes through the outbox.
"""
