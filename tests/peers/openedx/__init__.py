"""A small Django site around `lti-consumer-xblock`, the code with which Open edX is an LTI 1.3 platform.

Logins, launches, tokens, key set, roster, line items, scores and deep linking are Open edX's own models and
views. Ours is only what Open edX's host gives to them (`host`), and pages to click on (`pages`). It runs in
an environment of its own (`make peer`): nothing here may import Waymark or anything from its environment.

Noteworthy about this platform:

- every placed block is a line item container of its own; blocks of a course share one client id, and the
  deployment is always "1";
- a score whose timestamp equals the stored one is refused with 400 and not, as AGS section 3.4.4 has it, 409;
- points of a line item are whole numbers, its label has at most 100 characters;
- only scores in a line item with the block's own `resourceLinkId` reach the course's grades;
- of a client assertion and of a deep-linking answer it checks signature and expiry, not audience or `jti`.
"""
