"""The strict platform: the specifications, to the letter, and awkward wherever they leave freedom.

Identifiers in mixed case with punctuation, a query in every service address, small pages with tokens in mixed case, hints
with characters that must be encoded: all of it allowed, all of it missed by tools that were tried with one platform only.
"""

from lti_tool.demo_lms.profiles.base import Profile

# A member that the specification does not know must be ignored or understood; the dates make six weeks of history real.
STRICT = Profile(results_say_when=True)
