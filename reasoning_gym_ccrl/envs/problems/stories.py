"""The stories that word problems are told in.

A story is a set of beats. A beat takes the running quantity from one state to another ("have" -> "share"), says so
in one sentence, and adds one or two calculations. A problem is a walk through the beats, so that a dozen stories
give a great many compositions. The notation:

- `{a}` and `{b}` are persons, `{n}` is a plural noun, `[0]`, `[1]` are this beat's numbers;
- a calculation reads "name = left operator right", operands being names of the beat's numbers, of an earlier
  result of the beat, or `$`, the running quantity; its last name becomes the running quantity;
- `givens` names the beat's numbers and says how large each may be: "many" or "few".

Names never hold a digit: they are what the meta-thoughts (plans with no numbers) are made of.
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
            ("{a} has [0] {n}.", "At first {a} owns [0] {n}.", "There are [0] {n} in the room of {a}."),
            (("start", "many"),),
        ),
        Beat(
            "start",
            "have",
            ("{a} has [0] boxes with [1] {n} in each.", "In each of [0] boxes {a} keeps [1] {n}."),
            (("boxes", "few"), ("per box", "many")),
            ("stock = boxes * per box",),
            ("How many {n} does {a} have?",),
        ),
        Beat(
            "have",
            "have",
            ("{a} buys [0] bags of [1] {n}.", "Then {a} gets [0] bags, each with [1] {n}."),
            (("bags", "few"), ("per bag", "few")),
            ("bought = bags * per bag", "after buying = $ + bought"),
            ("How many {n} does {a} have now?", "How many {n} are there then?"),
        ),
        Beat(
            "have",
            "have",
            ("{b} gives {a} [0] more {n}.", "{a} receives [0] {n} from {b}.", "Then [0] {n} come from {b}."),
            (("gift", "many"),),
            ("after gift = $ + gift",),
            ("How many {n} does {a} have now?", "What is the number of {n} that {a} has then?"),
        ),
        Beat(
            "have",
            "have",
            ("{a} loses [0] {n}.", "On the way [0] of the {n} get lost.", "Sadly [0] {n} are lost."),
            (("loss", "many"),),
            ("after loss = $ - loss",),
            ("How many {n} does {a} have now?", "How many {n} are left?"),
        ),
        Beat(
            "have",
            "share",
            ("{a} shares the {n} equally among [0] friends.", "[0] friends of {a} share all the {n} equally."),
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
            ("{a} buys [0] {n} at [1] dollars each.", "In a shop {a} takes [0] {n}, each for [1] dollars."),
            (("pieces", "few"), ("price", "many")),
            ("cost = pieces * price",),
            ("How many dollars do the {n} cost?", "How much does {a} pay for the {n}?"),
        ),
        Beat(
            "cost",
            "cost",
            ("{a} also buys a bag for [0] dollars.", "A bag for [0] dollars is added."),
            (("bag price", "many"),),
            ("full cost = $ + bag price",),
            ("How many dollars is that in all?", "How much does {a} pay in all?"),
        ),
        Beat(
            "cost",
            "cost",
            ("A coupon takes [0] dollars off.", "{a} has a coupon for [0] dollars off."),
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
            ("[0] people split the cost equally.", "The cost is split equally by [0] people."),
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
            ("{a} works [0] hours a day for [1] days.", "For [1] days {a} works [0] hours every day."),
            (("daily hours", "few"), ("days", "few")),
            ("hours = daily hours * days",),
            ("How many hours does {a} work?",),
        ),
        Beat(
            "hours",
            "hours",
            ("{b} works [0] hours more than {a}.", "{b} works longer than {a}, by [0] hours."),
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
            ("A tax of [0] dollars is taken away.", "[0] dollars of it go to taxes."),
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
            ("{a} rides [0] hours at [1] miles an hour.", "At [1] miles an hour {a} rides for [0] hours."),
            (("hours", "few"), ("speed", "many")),
            ("distance = hours * speed",),
            ("How many miles does {a} ride?", "How far does {a} get?"),
        ),
        Beat(
            "start",
            "way",
            ("{a} has walked [0] miles.", "[0] miles are already behind {a}."),
            (("walked", "many"),),
        ),
        Beat(
            "way",
            "way",
            ("After a break {a} goes [0] miles more.", "Then follow [0] more miles."),
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
            ("From now on {a} makes [0] miles a day.", "Each day [0] of the missing miles are done."),
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
            ("{b} is [0] years old and {a} is [1] times as old.", "{a} is [1] times as old as {b}, who is [0]."),
            (("base age", "many"), ("multiple", "few")),
            ("age = base age * multiple",),
            ("How old is {a}?", "What is the age of {a}?"),
        ),
        Beat(
            "age",
            "age",
            ("The uncle of {a} is [0] years older than {a}.", "{a} has an uncle who is [0] years older."),
            (("uncle gap", "many"),),
            ("uncle age = $ + uncle gap",),
            ("How old is the uncle?", "What is the age of the uncle?"),
        ),
        Beat(
            "age",
            "age",
            ("The next in age is a cousin, [0] years younger.", "A cousin is [0] years younger than that."),
            (("cousin gap", "many"),),
            ("cousin age = $ - cousin gap",),
            ("How old is the cousin?", "What is the age of the cousin?"),
        ),
        Beat(
            "age",
            "later",
            ("Now [0] years go by.", "Then we wait [0] years."),
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
            ("A cake needs [0] cups of flour and {a} bakes [1] cakes.", "{a} bakes [1] cakes with [0] cups of flour each."),
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
            ("At home there are [0] cups.", "{a} finds [0] cups of it at home."),
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
            ("An orchard has [0] rows of [1] trees.", "{a} plants [0] rows with [1] trees each."),
            (("rows", "few"), ("per row", "many")),
            ("trees = rows * per row",),
            ("How many trees are there?",),
        ),
        Beat(
            "trees",
            "trees",
            ("A storm fells [0] trees.", "[0] of the trees die."),
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
            ("A school has [0] classes of [1] pupils.", "In each of [0] classes there are [1] pupils."),
            (("classes", "few"), ("per class", "many")),
            ("pupils = classes * per class",),
            ("How many pupils are there?",),
        ),
        Beat(
            "start",
            "pupils",
            ("[0] pupils go on a trip.", "There are [0] pupils in the hall."),
            (("group", "many"),),
        ),
        Beat(
            "pupils",
            "pupils",
            ("[0] pupils are ill.", "Then [0] pupils stay at home."),
            (("absent", "many"),),
            ("present = $ - absent",),
            ("How many pupils are there then?", "How many pupils come?"),
        ),
        Beat(
            "pupils",
            "pupils",
            ("[0] guests join them.", "They are joined by [0] guests."),
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
            ("{a} reads [0] pages a day for [1] days.", "For [1] days {a} reads [0] pages every day."),
            (("daily pages", "many"), ("days", "few")),
            ("pages read = daily pages * days",),
            ("How many pages does {a} read?",),
        ),
        Beat(
            "read",
            "read",
            ("On Sunday {a} reads [0] pages more.", "[0] more pages follow on Sunday."),
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
            ("{b} tears out [0] of the others.", "[0] of the other pages are empty."),
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
            ("{a} has [0] {n} and {b} has [1] more than {a}.", "{b} has [1] {n} more than {a}, who has [0]."),
            (("own count", "many"), ("excess", "many")),
            ("other count = own count + excess",),
            ("How many {n} does {b} have?",),
        ),
        Beat(
            "start",
            "one",
            ("{a} has [0] {n} and {b} has [1] times as many.", "{b} has [1] times as many {n} as {a}, who has [0]."),
            (("own count", "many"), ("multiple", "few")),
            ("other count = own count * multiple",),
            ("How many {n} does {b} have?",),
        ),
        Beat(
            "one",
            "all",
            ("Their teacher has [0] {n}.", "There are [0] {n} on the desk of the teacher."),
            (("teacher count", "many"),),
            ("both = $ + teacher count",),
            ("How many {n} do {b} and the teacher have together?",),
        ),
        Beat(
            "one",
            "gap",
            ("Their sister has [0] {n} less than {b}.", "{b} has [0] {n} more than their sister."),
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
