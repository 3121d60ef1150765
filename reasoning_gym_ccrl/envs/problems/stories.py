"""The table of stories that word problems are told in, and the sentences whose number is of no use in any of them.

The notation of the tables is explained in `story_parts`.
"""

from __future__ import annotations

from .stories_everyday import BAKING, COLLECTION, SHOPPING
from .stories_measures import LENGTHS, MARKET, TIME
from .stories_money import COINS, PERCENTAGES, PURCHASES
from .stories_people import AGES, COMPARISON, READING
from .stories_places import ORCHARD, SCHOOL, TRAVEL, WAGES
from .stories_shares import FRACTIONS, MIXTURES, SHARING
from .stories_work import TANK, TEAMWORK

FIRST_STORIES = (COLLECTION, SHOPPING, WAGES, TRAVEL, AGES, BAKING, ORCHARD, SCHOOL, READING, COMPARISON)
STORIES = (
    *FIRST_STORIES,
    *(PURCHASES, PERCENTAGES, COINS, FRACTIONS, SHARING, MIXTURES, TEAMWORK, TANK, TIME, LENGTHS, MARKET),
)

DISTRACTORS = (
    "{b} has a dog that is [0] years old.",
    "The house of {a} has the number [0].",
    "It is [0] degrees warm that day.",
)
"""Fit any story; told where a config's wordings are "plain". Where they are "rich", a story's own `asides` are."""
