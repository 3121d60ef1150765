"""Stories of ages, books and comparisons."""

from __future__ import annotations

from .story_parts import Beat, Story, asked, said

AGES = Story(
    "ages",
    (
        Beat(
            "start",
            "age",
            said(
                "{b} is [0] years old, and {a} is older by a factor of [1].",
                "{a} is [1] times as old as {b}, who is [0].",
                "{b} is [0] years old, and {a} is [1] times as old.",
                plain=(
                    "{b} is of age [0] and {a} is older by a factor of [1].",
                    "The age of {b} is [0] and that of {a} is larger, times [1].",
                ),
                unseen=("{b} has lived for [0] years, and {a} for [1] times that long.",),
            ),
            (("base age", "many"), ("multiple", "few")),
            ("age = base age * multiple",),
            asked("How old is {a}?", "What is the age of {a}?", find="the age of {a} in years"),
        ),
        Beat(
            "age",
            "age",
            said(
                "An uncle is [0] years older than that.",
                "There is also an uncle, who is [0] years older still.",
                "That age is topped by an uncle, who is [0] years older.",
                plain=("The uncle is older by [0] years.", "There is an uncle who is [0] years older."),
                unseen=("To that age an uncle adds [0] years of his own.",),
            ),
            (("uncle gap", "many"),),
            ("uncle age = $ + uncle gap",),
            asked("How old is the uncle?", "What is the age of the uncle?", find="the age of the uncle in years"),
        ),
        Beat(
            "age",
            "age",
            said(
                "A cousin is [0] years younger than that.",
                "There is also a cousin, who is younger than that by [0] years.",
                "A cousin was born [0] years later than the person just named.",
                plain=("The next is a cousin, younger by [0] years.", "A cousin is [0] years younger than that."),
                unseen=("From that age down to the age of a cousin it is [0] years.",),
            ),
            (("cousin gap", "many"),),
            ("cousin age = $ - cousin gap",),
            asked("How old is the cousin?", "What is the age of the cousin?", find="the age of the cousin in years"),
        ),
        Beat(
            "age",
            "later",
            said(
                "Then [0] years go by.",
                "Everyone grows older by [0] years.",
                "Now let [0] years go by.",
                plain=("Then go by [0] years.", "Then we wait [0] years."),
                unseen=("Time passes, [0] years of it.",),
            ),
            (("years", "few"),),
            ("later age = $ + years",),
            asked("What is that age then?", find="that age after these years"),
        ),
    ),
    asides=(
        "The grandmother of {a} has [0] grandchildren.",
        "The family lives in a house with [0] rooms.",
        "In their garden stand [0] trees.",
    ),
    opening="This is a family of elves, who grow very old.",
)

READING = Story(
    "reading",
    (
        Beat(
            "start",
            "read",
            said(
                "{a} reads [0] pages of a book every day for [1] days.",
                "On each of [1] days {a} reads [0] pages of a book.",
                "For [1] days {a} reads [0] pages of a book a day.",
                plain=(
                    "Every day {a} reads [0] pages, and does so for [1] days.",
                    "{a} reads daily [0] pages, in all on [1] days.",
                ),
                unseen=("A book keeps {a} reading for [1] days, [0] pages on each of them.",),
            ),
            (("daily pages", "many"), ("days", "few")),
            ("pages read = daily pages * days",),
            asked("How many pages does {a} read?", find="the number of pages that {a} reads"),
        ),
        Beat(
            "read",
            "read",
            said(
                "On Sunday {a} reads [0] pages more.",
                "On Sunday {a} reads another [0] pages.",
                "On the following Sunday {a} gets through another [0] pages.",
                plain=("On Sunday {a} reads [0] pages more.", "Sunday adds [0] pages."),
                unseen=("When Sunday comes, {a} reads on for [0] pages.",),
            ),
            (("Sunday pages", "many"),),
            ("all pages = $ + Sunday pages",),
            asked("How many pages is that in all?", find="the number of pages that {a} has read in all"),
        ),
        Beat(
            "read",
            "open",
            said(
                "The book has [0] pages.",
                "It is a book of [0] pages.",
                "From cover to cover the book has [0] pages.",
                plain=("The book has [0] pages.", "It is a book of [0] pages."),
                unseen=("The last page of the book has the number [0].",),
            ),
            (("book", "lots"),),
            ("pages left = book - $",),
            asked("How many pages are left?", find="the number of pages that are left"),
        ),
        Beat(
            "open",
            "open",
            said(
                "Of the other pages, [0] are empty.",
                "There is nothing on [0] of the other pages.",
                "Of the pages that are left, [0] are empty.",
                plain=("Empty are [0] of the others.", "Empty pages among them are [0]."),
                unseen=("Nothing is printed on [0] of the pages that are left.",),
            ),
            (("empty pages", "many"),),
            ("full pages = $ - empty pages",),
            asked("How many pages are still to read?", find="the number of pages that {a} still has to read"),
        ),
    ),
    asides=(
        "The book was printed [0] years ago.",
        "On the shelf of {a} stand [0] other books.",
        "The book weighs [0] ounces.",
    ),
)

COMPARISON = Story(
    "comparison",
    (
        Beat(
            "start",
            "one",
            said(
                "{b} has [1] more {n} than {a}, who has [0].",
                "{a} owns [0] {n}, and {b} owns [1] more than that.",
                "{a} has [0] {n}, and {b} has [1] {n} more than {a}.",
                plain=(
                    "{a} has [0] {n} and {b} has more, by [1].",
                    "{b} has more {n} than {a}, by [1], and {a} has [0].",
                ),
                unseen=("With [0] {n}, {a} has [1] fewer than {b}.",),
            ),
            (("own count", "many"), ("excess", "many")),
            ("other count = own count + excess",),
            asked("How many {n} does {b} have?", find="the number of {n} that {b} has"),
        ),
        Beat(
            "start",
            "one",
            said(
                "{a} owns [0] {n}, but {b} has [1] times that number.",
                "While {a} has [0] {n}, {b} owns [1] times as many.",
                "{a} has [0] {n}, and {b} has [1] times as many.",
                plain=(
                    "{a} has [0] {n} and {b} has a multiple of it, times [1].",
                    "{b} has the {n} of {a} times [1], and {a} has [0].",
                ),
                unseen=("{b} has [1] times as many {n} as {a}, who has [0].",),
            ),
            (("own count", "many"), ("multiple", "few")),
            ("other count = own count * multiple",),
            asked("How many {n} does {b} have?", find="the number of {n} that {b} has"),
        ),
        Beat(
            "one",
            "all",
            said(
                "Their teacher has [0] {n}.",
                "There are [0] {n} on the desk of their teacher.",
                "The teacher of {b} has [0] {n} as well.",
                plain=("Their teacher has [0] {n}.", "On the desk of the teacher are [0] {n}."),
                unseen=("Another [0] {n} belong to their teacher.",),
            ),
            (("teacher count", "many"),),
            ("both = $ + teacher count",),
            asked(
                "How many {n} do {b} and the teacher have together?",
                find="the number of {n} that {b} and the teacher have together",
            ),
        ),
        Beat(
            "one",
            "gap",
            said(
                "Their sister has [0] {n} fewer than {b}.",
                "Compared with {b}, their sister has [0] {n} less.",
                "{b} has [0] {n} more than their sister.",
                plain=("Their sister has less than {b}, by [0].", "Less than {b} has their sister, by [0]."),
                unseen=("Their sister would need [0] more {n} to have as many as {b}.",),
            ),
            (("sister gap", "many"),),
            ("sister count = $ - sister gap",),
            asked("How many {n} does the sister have?", find="the number of {n} that the sister has"),
        ),
        Beat(
            "all",
            "packs",
            said(
                "{b} and the teacher put all of theirs into packs of [0].",
                "All the {n} of {b} and the teacher go into packs of [0].",
                "{b} and the teacher wrap theirs up in packs of [0].",
                plain=("They put them into packs of [0].", "These go into packs, [0] in each."),
                unseen=("The {n} of {b} and the teacher fill packs of [0].",),
            ),
            (("pack size", "few"),),
            ("packs = $ / pack size",),
            asked("How many packs is that?", find="the number of packs"),
        ),
    ),
    asides=(
        "The teacher has taught here for [0] months.",
        "In the classroom of {a} and {b} there are [0] chairs.",
        "The school of {a} is [0] years old.",
    ),
)
