"""Weighted length, as twitter-text v3 counts it (contract sheet 1c).

The text is normalised to NFC. A link counts 23 whatever its length, a whole emoji sequence 2,
a code point of the scripts below 1, any other code point 2.
"""

from __future__ import annotations

import unicodedata

import regex

from postclock.services.platforms.links import find_links

LINK_LENGTH = 23
INVALID = frozenset("\ufffe\ufeff\uffff")
"""Characters that make a text invalid wherever they stand."""

_LIGHT = regex.compile(r"[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_ELEMENT = r"""(?:
      [\xa9\xae\u2122\u265f]\ufe0f
    | (?![\xa9\xae\u2122\u265f\#*0-9])
      (?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier} | \p{Emoji}(?!\ufe0e)\ufe0f?)
)"""
_EMOJI = regex.compile(
    rf"""
      [\#*0-9]\ufe0f?\u20e3                             # keycap
    | [\U0001f1e6-\U0001f1ff]{{2}}                      # flag of a country
    | \U0001f3f4[\U000e0020-\U000e007e]++\U000e007f    # flag of a region
    | {_ELEMENT}(?:\u200d{_ELEMENT})*+                  # one, or several joined into one
    """,
    regex.VERBOSE,
)


def weighted_length(text: str) -> int:
    """The length of ``text``, in the units of which a post may have 280."""
    text = unicodedata.normalize("NFC", text)
    total = at = 0
    for link in find_links(text):
        total += _weight(text[at : link.start]) + LINK_LENGTH
        at = link.end
    return total + _weight(text[at:])


def _weight(text: str) -> int:
    without, emoji = _EMOJI.subn("", text)
    return 2 * (emoji + len(without)) - len(_LIGHT.findall(without))
