"""Numbers that whoever solves a problem brings along, by the names that meta-thoughts give them.

A question need not say that a straight angle has 180 degrees, nor a plan: both name it.
"""

from __future__ import annotations

from collections.abc import Mapping

KNOWN: Mapping[str, int] = {
    # numbers
    "leaving it out": 1,  # the way to use a prime factor no times
    "single part": 1,
    "single": 1,
    "first place": 1,
    "number of ends": 2,  # of a segment, or of a row of numbers
    # counting
    "fixed person": 1,  # whose seat at a round table does not matter
    "oneself": 1,
    "people per handshake": 2,
    "block": 1,  # that friends who stand together form
    "faces of a coin": 2,
    "least roll": 1,
    # angles
    "straight angle": 180,
    "full turn": 360,
    "equal angles": 2,
    "equal parts": 2,
    "ends of a side": 2,  # which a fan of triangles in a polygon does without
    # shapes and solids
    "pairs of sides": 2,
    "base parts": 2,
    "semidiagonals": 2,
    "overhangs": 2,
    "radii": 2,  # in a diameter
    "semicircles": 2,  # in a circle
    "sides of a square": 4,
    "sides of a rhombus": 4,
    "faces of a cube": 6,
    "triangle divisor": 2,
    "kite divisor": 2,
    "rhombus divisor": 2,
    "trapezoid divisor": 2,
    "pyramid divisor": 3,
    "cone divisor": 3,
}
"""Name -> number. Names hold no word that carries a value, as "half" would."""
