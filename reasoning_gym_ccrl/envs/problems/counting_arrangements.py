"""Arrangements in words: rows, rankings, circles, blocks and paths."""

from __future__ import annotations

from . import counting_parts as parts
from .counting_wordings import PATHS, WAYS, Choice
from .sketches import Wording

ARRANGEMENTS: dict[str, Choice] = {
    "rank": Choice(
        parts.rank,
        (1,),
        Wording(
            seen=(
                "{person} makes a top list of {places} places, without ties, out of {pool} different {thing}.",
                "{person} puts {places} of {pool} different {thing} in a row, and the order matters.",
                "{person} lays {places} of {pool} different {thing} side by side, and their order matters.",
                "For {places} numbered places {person} selects from {pool} different {thing}, one for each place.",
            ),
            unseen=(
                "{person} fills {places} numbered boxes from {pool} different {thing}, with one in each box.",
                "A ranking with {places} ranks is made by {person} out of {pool} different {thing}.",
            ),
            turned=(
                "Out of {pool} different {thing}, {person} puts {places} in a row, and the order matters.",
                "From {pool} different {thing} {person} makes a top list of {places} places, without ties.",
            ),
        ),
        WAYS,
    ),
    "queue": Choice(
        parts.queue,
        (1,),
        Wording(
            seen=(
                "{person} puts {pool} different {thing} in a row.",
                "{person} stacks {pool} different {thing} into a single pile.",
                "{person} decides in which order to look at {pool} different {thing}, each of them once.",
                "In a line from left to right {person} places {pool} different {thing}.",
            ),
            unseen=(
                "{person} lays {pool} different {thing} out in a line.",
                "{person} fixes an order for {pool} different {thing}.",
            ),
        ),
        WAYS,
    ),
    "table": Choice(
        parts.table,
        (2,),
        Wording(
            seen=(
                "{person} seats {people} guests at a round table, and seatings that differ only by a turn count as the "
                "same.",
                "At a round table {people} guests of {person} take all the seats; turning everybody on makes no new "
                "seating.",
                "{person} arranges {people} different {thing} in a circle, and circles that differ only by a turn "
                "count as the same.",
                "Round a table {people} friends of {person} sit down, and only who sits to the left and right of whom "
                "matters.",
            ),
            unseen=(
                "{person} gives {people} visitors all the seats at a round table; rotated seatings are not told apart.",
                "{person} lays {people} different {thing} in a ring, where rotations make no difference.",
            ),
        ),
        WAYS,
    ),
    "beads": Choice(
        parts.beads,
        (2,),
        Wording(
            seen=(
                "{person} puts {first kind} {colour} and {second kind} {colour2} beads in a row from left to right; "
                "beads of the same colour look alike.",
                "From left to right {person} lays {first kind} {colour} and {second kind} {colour2} tiles, and tiles "
                "of the same colour cannot be told apart.",
                "{person} hoists {first kind} {colour} and {second kind} {colour2} flags, one below the other, and "
                "flags of the same colour are identical.",
                "A row of {first kind} {colour} and {second kind} {colour2} cubes is built by {person}; only the "
                "colours differ.",
            ),
            unseen=(
                "{person} plants {first kind} {colour} and {second kind} {colour2} tulips in a line, and only the "
                "colours tell them apart.",
                "Along a wall {person} sets {first kind} {colour} and {second kind} {colour2} stones, alike but for "
                "their colour.",
            ),
            turned=(
                "{person} puts {second kind} {colour2} and {first kind} {colour} beads in a row from left to right; "
                "beads of the same colour look alike.",
                "A row of {second kind} {colour2} and {first kind} {colour} cubes is built by {person}; only the "
                "colours differ.",
            ),
        ),
        WAYS,
    ),
    "grid": Choice(
        parts.grid,
        (2,),
        Wording(
            seen=(
                "{person} walks {moves right} blocks east and {moves up} blocks north through a grid of streets, in "
                "any order of the blocks.",
                "School lies {moves right} blocks east and {moves up} blocks north of the home of {person}, who walks "
                "there on a shortest way along the grid of streets.",
                "On squared paper {person} draws a path of {moves right} steps to the right and {moves up} steps up, "
                "in any order.",
                "In a city of square blocks {person} drives {moves right} blocks east and {moves up} blocks north, "
                "never west or south.",
            ),
            unseen=(
                "{person} steers a robot over a grid with {moves right} moves to the right and {moves up} moves up, "
                "mixed in any order.",
                "A park lies {moves right} streets east and {moves up} streets north of {person}, who goes there "
                "without any detour through the grid of streets.",
            ),
            turned=(
                "{person} walks {moves up} blocks north and {moves right} blocks east through a grid of streets, in "
                "any order of the blocks.",
                "On squared paper {person} draws a path of {moves up} steps up and {moves right} steps to the right, "
                "in any order.",
            ),
        ),
        PATHS,
    ),
    "detour": Choice(
        parts.detour,
        (5,),
        Wording(
            seen=(
                "{person} walks from home to a shop, {right to the shop} blocks east and {up to the shop} blocks "
                "north, and from there to school, {right from the shop} blocks east and {up from the shop} blocks "
                "north, on shortest ways along the grid of streets.",
                "On a grid of streets a shop lies {right to the shop} blocks east and {up to the shop} blocks north of "
                "the home of {person}, and school {right from the shop} blocks east and {up from the shop} blocks "
                "north of the shop; {person} goes to school by the shop, never west or south.",
                "By a shop that is {right to the shop} blocks east and {up to the shop} blocks north of home, {person} "
                "cycles to school, which is {right from the shop} blocks east and {up from the shop} blocks north of "
                "the shop, on a grid of streets and without a detour.",
                "On squared paper {person} draws a path of {right to the shop} steps right and {up to the shop} steps "
                "up to a marked point, and of {right from the shop} more steps right and {up from the shop} more "
                "steps up from there, each stretch in any order.",
            ),
            unseen=(
                "A robot is sent by {person} over a grid to a charger, {right to the shop} moves right and {up to the "
                "shop} moves up, then to a door, {right from the shop} moves right and {up from the shop} moves up; "
                "each part in any order.",
                "{person} drives through square blocks by way of a bridge: {right to the shop} blocks east and {up to "
                "the shop} north to the bridge, {right from the shop} blocks east and {up from the shop} north after "
                "it, each part in any order.",
            ),
            turned=(
                "{person} walks from home to a shop, {up to the shop} blocks north and {right to the shop} blocks "
                "east, and from there to school, {up from the shop} blocks north and {right from the shop} blocks "
                "east, on shortest ways along the grid of streets.",
                "On a grid of streets school lies {right from the shop} blocks east and {up from the shop} blocks "
                "north of a shop, and the shop {right to the shop} blocks east and {up to the shop} blocks north of "
                "the home of {person}, who goes to school by the shop, never west or south.",
            ),
        ),
        PATHS,
    ),
    "together": Choice(
        parts.neighbours,
        (2,),
        Wording(
            seen=(
                "{person} lines up {people} people for a photo so that {friends} friends among them are all next to "
                "each other.",
                "{people} people stand in a row in front of {person}, and the {friends} friends among them stand side "
                "by side, with nobody else between them.",
                "{person} puts {people} different {thing} on a shelf, and {friends} that belong together stand next to "
                "each other, in any order.",
                "In a row of {people} seats {person} seats {people} people, {friends} of whom insist on sitting all "
                "together.",
            ),
            unseen=(
                "{person} queues up {people} children, of whom {friends} cousins must not be separated by anybody.",
                "{people} singers line up for {person}, with the {friends} sopranos among them in one unbroken block.",
            ),
            turned=(
                "So that {friends} friends are all next to each other, {person} lines up {people} people, these "
                "friends included, for a photo.",
                "With the {friends} that belong together next to each other, {person} puts {people} different {thing} "
                "on a shelf.",
            ),
        ),
        WAYS,
    ),
    "not together": Choice(
        parts.neighbours,
        (4,),
        Wording(
            seen=(
                "{person} lines up {people} people for a photo so that {friends} friends among them are not all next "
                "to each other.",
                "{people} people stand in a row in front of {person}, but the {friends} friends among them do not all "
                "stand side by side.",
                "{person} puts {people} different {thing} on a shelf so that {friends} given ones do not stand all "
                "together in one block.",
                "In a row of {people} seats {person} seats {people} people, {friends} of whom refuse to sit all "
                "together.",
            ),
            unseen=(
                "{person} queues up {people} children so that the {friends} cousins among them never form one block.",
                "{people} singers line up for {person}, and the {friends} sopranos must not all stand in one unbroken "
                "block.",
            ),
            turned=(
                "So that {friends} friends are not all next to each other, {person} lines up {people} people, these "
                "friends included, for a photo.",
                "With {friends} given ones not all together in one block, {person} puts {people} different {thing} on "
                "a shelf.",
            ),
        ),
        WAYS,
    ),
}
