"""The stories that word problems are told in.

A story is a set of beats. A beat takes the running quantity from one state to another ("have" -> "share"), says so
in one sentence, and adds one or two calculations. A problem is a walk through the beats, so that a dozen stories
give a great many compositions. The notation:

- `{a}` and `{b}` are persons, `{n}` is a plural noun, `[0]`, `[1]` are this beat's numbers;
- a calculation reads "name = left operator right", operands being names of the beat's numbers, of an earlier
  result of the beat, or `$`, the running quantity; its last name becomes the running quantity;
- `givens` names the beat's numbers and says how large each may be: "many" or "few".

In every sentence the words that tell a number's role come before the number, so that a model which reads from left
to right can know what it reads. Names never hold a digit: they are what the meta-thoughts (plans with no numbers) are
made of.
"""

from __future__ import annotations

from dataclasses import dataclass

PERSONS = ("Tom", "Ann", "Sam", "Eva", "Leo", "Mia", "Ben", "Zoe", "Max", "Ida", "Raj", "Lin")
NOUNS = ("apples", "pens", "cards", "shells", "stamps", "books", "marbles", "coins", "plums", "beads")


@dataclass(frozen=True, slots=True, eq=False)  # by identity: they are keys of caches, and deep to compare
class Beat:
    """One sentence of a story and the calculations it adds; see the module's notation."""

    source: str
    target: str
    texts: tuple[str, ...]
    givens: tuple[tuple[str, str], ...]
    steps: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """A name, whether it needs a noun, and its beats; a story starts in the state "start"."""

    name: str
    beats: tuple[Beat, ...]


COLLECTION = Story(
    "collection",
    (
        Beat(
            "start",
            "have",
            ("At first {a} has [0] {n}.", "{a} starts with [0] {n}."),
            (("start", "many"),),
        ),
        Beat(
            "start",
            "have",
            (
                "{a} has boxes, [0] of them, and each holds [1] {n}.",
                "The boxes of {a} are [0] and in each are [1] {n}.",
            ),
            (("boxes", "few"), ("per box", "many")),
            ("stock = boxes * per box",),
            ("How many {n} does {a} have?",),
        ),
        Beat(
            "have",
            "have",
            (
                "{a} buys bags, [0] of them, and each bag has [1] {n}.",
                "Bags are bought, [0] in all, with [1] {n} in each bag.",
            ),
            (("bags", "few"), ("per bag", "few")),
            ("bought = bags * per bag", "after buying = $ + bought"),
            ("How many {n} does {a} have now?", "How many {n} are there then?"),
        ),
        Beat(
            "have",
            "have",
            ("{b} gives {a} [0] more {n}.", "As a gift {a} gets [0] {n} from {b}."),
            (("gift", "many"),),
            ("after gift = $ + gift",),
            ("How many {n} does {a} have now?", "What is the number of {n} that {a} has then?"),
        ),
        Beat(
            "have",
            "have",
            ("{a} loses [0] {n}.", "Lost on the way are [0] {n}."),
            (("loss", "many"),),
            ("after loss = $ - loss",),
            ("How many {n} does {a} have now?", "How many {n} are left?"),
        ),
        Beat(
            "have",
            "share",
            (
                "{a} shares the {n} equally among [0] friends.",
                "The friends of {a} are [0] and share all the {n} equally.",
            ),
            (("friends", "few"),),
            ("share = $ / friends",),
            ("How many {n} does each friend get?", "How many {n} is that for one friend?"),
        ),
        Beat(
            "have",
            "money",
            ("{a} sells all the {n} for [0] dollars each.", "All the {n} are sold at [0] dollars a piece."),
            (("price", "few"),),
            ("income = $ * price",),
            ("How many dollars does {a} earn?",),
        ),
    ),
)

SHOPPING = Story(
    "shopping",
    (
        Beat(
            "start",
            "cost",
            ("{a} buys [0] {n} at a price of [1] dollars.", "In a shop {a} takes [0] {n}, and each costs [1] dollars."),
            (("pieces", "few"), ("price", "many")),
            ("cost = pieces * price",),
            ("How many dollars do the {n} cost?", "How much does {a} pay for the {n}?"),
        ),
        Beat(
            "cost",
            "cost",
            ("{a} also buys a bag for [0] dollars.", "A bag is added that costs [0] dollars."),
            (("bag price", "many"),),
            ("full cost = $ + bag price",),
            ("How many dollars is that in all?", "How much does {a} pay in all?"),
        ),
        Beat(
            "cost",
            "cost",
            ("A coupon takes off [0] dollars.", "{a} uses a coupon of [0] dollars."),
            (("coupon", "many"),),
            ("reduced cost = $ - coupon",),
            ("How many dollars does {a} pay?", "How much is left to pay?"),
        ),
        Beat(
            "cost",
            "change",
            ("{a} pays with [0] dollars.", "{a} hands over [0] dollars."),
            (("payment", "lots"),),
            ("change = payment - $",),
            ("How many dollars of change does {a} get?", "How much money comes back?"),
        ),
        Beat(
            "cost",
            "each",
            ("The cost is split equally by [0] people.", "Those who split the cost equally are [0] people."),
            (("people", "few"),),
            ("cost each = $ / people",),
            ("How many dollars does each of them pay?",),
        ),
    ),
)

WAGES = Story(
    "wages",
    (
        Beat(
            "start",
            "hours",
            (
                "Every day {a} works [0] hours, and does so for [1] days.",
                "{a} works daily for [0] hours, in all on [1] days.",
            ),
            (("daily hours", "few"), ("days", "few")),
            ("hours = daily hours * days",),
            ("How many hours does {a} work?",),
        ),
        Beat(
            "hours",
            "hours",
            ("{b} works more than that, by [0] hours.", "{b} works longer than {a}, by [0] hours."),
            (("extra hours", "many"),),
            ("longer hours = $ + extra hours",),
            ("How many hours does {b} work?",),
        ),
        Beat(
            "hours",
            "money",
            ("Each hour is paid with [0] dollars.", "The wage is [0] dollars an hour."),
            (("wage", "few"),),
            ("pay = $ * wage",),
            ("How many dollars is the pay?", "How much is earned?"),
        ),
        Beat(
            "start",
            "money",
            ("{a} has saved [0] dollars.", "In the bank {a} has [0] dollars."),
            (("savings", "many"),),
        ),
        Beat(
            "money",
            "money",
            ("A tax of [0] dollars is taken away.", "Then taxes take [0] dollars."),
            (("tax", "many"),),
            ("net pay = $ - tax",),
            ("How many dollars are left?", "How much money remains?"),
        ),
        Beat(
            "money",
            "money",
            ("There is a bonus of [0] dollars.", "The boss adds [0] dollars as a bonus."),
            (("bonus", "many"),),
            ("gross pay = $ + bonus",),
            ("How many dollars is that in all?",),
        ),
    ),
)

TRAVEL = Story(
    "travel",
    (
        Beat(
            "start",
            "way",
            (
                "{a} rides for [0] hours at a speed of [1] miles an hour.",
                "At a speed of [1] miles an hour {a} rides for [0] hours.",
            ),
            (("hours", "few"), ("speed", "many")),
            ("distance = hours * speed",),
            ("How many miles does {a} ride?", "How far does {a} get?"),
        ),
        Beat(
            "start",
            "way",
            ("{a} has walked [0] miles.", "Already walked by {a} are [0] miles."),
            (("walked", "many"),),
        ),
        Beat(
            "way",
            "way",
            ("After a break {a} goes on for [0] miles.", "Then follow [0] more miles."),
            (("extra miles", "many"),),
            ("full distance = $ + extra miles",),
            ("How many miles is that in all?", "How far does {a} get in all?"),
        ),
        Beat(
            "way",
            "left",
            ("The whole trip is [0] miles long.", "It is a trip of [0] miles."),
            (("trip", "lots"),),
            ("miles left = trip - $",),
            ("How many miles are left?", "How far is it still to go?"),
        ),
        Beat(
            "left",
            "time",
            ("From now on {a} makes each day [0] miles.", "Of the rest {a} does daily [0] miles."),
            (("daily miles", "few"),),
            ("days left = $ / daily miles",),
            ("How many days does the rest take?",),
        ),
    ),
)

AGES = Story(
    "ages",
    (
        Beat(
            "start",
            "age",
            (
                "{b} is of age [0] and {a} is older by a factor of [1].",
                "The age of {b} is [0] and that of {a} is larger, times [1].",
            ),
            (("base age", "many"), ("multiple", "few")),
            ("age = base age * multiple",),
            ("How old is {a}?", "What is the age of {a}?"),
        ),
        Beat(
            "age",
            "age",
            ("The uncle is older by [0] years.", "There is an uncle who is [0] years older."),
            (("uncle gap", "many"),),
            ("uncle age = $ + uncle gap",),
            ("How old is the uncle?", "What is the age of the uncle?"),
        ),
        Beat(
            "age",
            "age",
            ("The next is a cousin, younger by [0] years.", "A cousin is [0] years younger than that."),
            (("cousin gap", "many"),),
            ("cousin age = $ - cousin gap",),
            ("How old is the cousin?", "What is the age of the cousin?"),
        ),
        Beat(
            "age",
            "later",
            ("Then go by [0] years.", "Then we wait [0] years."),
            (("years", "few"),),
            ("later age = $ + years",),
            ("What is that age then?",),
        ),
    ),
)

BAKING = Story(
    "baking",
    (
        Beat(
            "start",
            "flour",
            (
                "A cake needs [0] cups of flour and {a} bakes [1] cakes.",
                "{a} bakes [1] cakes and each needs [0] cups of flour.",
            ),
            (("per cake", "few"), ("cakes", "many")),
            ("flour = cakes * per cake",),
            ("How many cups of flour does {a} need?",),
        ),
        Beat(
            "flour",
            "flour",
            ("Bread takes [0] cups more.", "For bread {a} needs [0] more cups."),
            (("bread flour", "many"),),
            ("all flour = $ + bread flour",),
            ("How many cups of flour is that in all?",),
        ),
        Beat(
            "flour",
            "flour",
            ("At home there are [0] cups.", "At home {a} finds [0] cups of it."),
            (("home flour", "many"),),
            ("missing flour = $ - home flour",),
            ("How many cups are to be bought?", "How many cups of flour are missing?"),
        ),
        Beat(
            "flour",
            "sacks",
            ("Flour is sold in sacks of [0] cups.", "One sack of flour holds [0] cups."),
            (("per sack", "few"),),
            ("sacks = $ / per sack",),
            ("How many sacks is that?",),
        ),
    ),
)

ORCHARD = Story(
    "orchard",
    (
        Beat(
            "start",
            "trees",
            (
                "An orchard has rows, [0] in all, and each row has [1] trees.",
                "The rows of {a} are [0] and in each stand [1] trees.",
            ),
            (("rows", "few"), ("per row", "many")),
            ("trees = rows * per row",),
            ("How many trees are there?",),
        ),
        Beat(
            "trees",
            "trees",
            ("A storm fells [0] trees.", "Of the trees die [0] in a cold winter."),
            (("dead trees", "many"),),
            ("living trees = $ - dead trees",),
            ("How many trees are left?", "How many trees are alive?"),
        ),
        Beat(
            "trees",
            "fruit",
            ("Every tree gives [0] baskets of fruit.", "From each tree come [0] baskets."),
            (("per tree", "few"),),
            ("baskets = $ * per tree",),
            ("How many baskets is that?",),
        ),
        Beat(
            "fruit",
            "carts",
            ("A cart takes [0] baskets.", "{b} puts [0] baskets on each cart."),
            (("per cart", "few"),),
            ("carts = $ / per cart",),
            ("How many carts are needed?",),
        ),
    ),
)

SCHOOL = Story(
    "school",
    (
        Beat(
            "start",
            "pupils",
            (
                "A school has classes, [0] in all, and each class has [1] pupils.",
                "The classes are [0] and in each are [1] pupils.",
            ),
            (("classes", "few"), ("per class", "many")),
            ("pupils = classes * per class",),
            ("How many pupils are there?",),
        ),
        Beat(
            "start",
            "pupils",
            ("In the hall are [0] pupils.", "A group has [0] pupils."),
            (("group", "many"),),
        ),
        Beat(
            "pupils",
            "pupils",
            ("Absent are [0] pupils.", "At home stay [0] pupils."),
            (("absent", "many"),),
            ("present = $ - absent",),
            ("How many pupils are there then?", "How many pupils come?"),
        ),
        Beat(
            "pupils",
            "pupils",
            ("They are joined by [0] guests.", "Guests come too, [0] of them."),
            (("guests", "many"),),
            ("crowd = $ + guests",),
            ("How many people are there in all?",),
        ),
        Beat(
            "pupils",
            "teams",
            ("They make teams of [0].", "Each team has [0] members."),
            (("team size", "few"),),
            ("teams = $ / team size",),
            ("How many teams are there?",),
        ),
    ),
)

READING = Story(
    "reading",
    (
        Beat(
            "start",
            "read",
            (
                "Every day {a} reads [0] pages, and does so for [1] days.",
                "{a} reads daily [0] pages, in all on [1] days.",
            ),
            (("daily pages", "many"), ("days", "few")),
            ("pages read = daily pages * days",),
            ("How many pages does {a} read?",),
        ),
        Beat(
            "read",
            "read",
            ("On Sunday {a} reads [0] pages more.", "Sunday adds [0] pages."),
            (("Sunday pages", "many"),),
            ("all pages = $ + Sunday pages",),
            ("How many pages is that in all?",),
        ),
        Beat(
            "read",
            "open",
            ("The book has [0] pages.", "It is a book of [0] pages."),
            (("book", "lots"),),
            ("pages left = book - $",),
            ("How many pages are left?",),
        ),
        Beat(
            "open",
            "open",
            ("Empty are [0] of the others.", "Empty pages among them are [0]."),
            (("empty pages", "many"),),
            ("full pages = $ - empty pages",),
            ("How many pages are still to read?",),
        ),
    ),
)

COMPARISON = Story(
    "comparison",
    (
        Beat(
            "start",
            "one",
            ("{a} has [0] {n} and {b} has more, by [1].", "{b} has more {n} than {a}, by [1], and {a} has [0]."),
            (("own count", "many"), ("excess", "many")),
            ("other count = own count + excess",),
            ("How many {n} does {b} have?",),
        ),
        Beat(
            "start",
            "one",
            (
                "{a} has [0] {n} and {b} has a multiple of it, times [1].",
                "{b} has the {n} of {a} times [1], and {a} has [0].",
            ),
            (("own count", "many"), ("multiple", "few")),
            ("other count = own count * multiple",),
            ("How many {n} does {b} have?",),
        ),
        Beat(
            "one",
            "all",
            ("Their teacher has [0] {n}.", "On the desk of the teacher are [0] {n}."),
            (("teacher count", "many"),),
            ("both = $ + teacher count",),
            ("How many {n} do {b} and the teacher have together?",),
        ),
        Beat(
            "one",
            "gap",
            ("Their sister has less than {b}, by [0].", "Less than {b} has their sister, by [0]."),
            (("sister gap", "many"),),
            ("sister count = $ - sister gap",),
            ("How many {n} does the sister have?",),
        ),
        Beat(
            "all",
            "packs",
            ("They put them into packs of [0].", "These go into packs, [0] in each."),
            (("pack size", "few"),),
            ("packs = $ / pack size",),
            ("How many packs is that?",),
        ),
    ),
)

STORIES = (COLLECTION, SHOPPING, WAGES, TRAVEL, AGES, BAKING, ORCHARD, SCHOOL, READING, COMPARISON)
DISTRACTORS = (
    "{b} has a dog that is [0] years old.",
    "The house of {a} has the number [0].",
    "It is [0] degrees warm that day.",
)
