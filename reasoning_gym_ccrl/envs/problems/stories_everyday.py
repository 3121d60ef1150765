"""Stories of collections, shops and kitchens. The preset "easy" tells these, and those of `stories_places`."""

from __future__ import annotations

from .story_parts import Beat, Story, asked, said

COLLECTION = Story(
    "collection",
    (
        Beat(
            "start",
            "have",
            said(
                "At first {a} has [0] {n}.",
                "{a} starts with [0] {n}.",
                "In the room of {a} there are [0] {n}.",
                plain=("At first {a} has [0] {n}.", "{a} starts with [0] {n}."),
                unseen=("To begin with, {a} owns [0] {n}.", "{a} has collected [0] {n} so far."),
            ),
            (("start", "many"),),
        ),
        Beat(
            "start",
            "have",
            said(
                "{a} has [0] boxes, and each of them holds [1] {n}.",
                "In each of the [0] boxes of {a} there are [1] {n}.",
                "{a} keeps {n} in [0] boxes, with [1] {n} in every box.",
                plain=(
                    "{a} has boxes, [0] of them, and each holds [1] {n}.",
                    "The boxes of {a} are [0] and in each are [1] {n}.",
                ),
                unseen=(
                    "On a shelf stand [0] boxes that belong to {a}, and every box is filled with [1] {n}.",
                    "{a} has filled [0] boxes, putting [1] {n} into each.",
                ),
            ),
            (("boxes", "few"), ("per box", "many")),
            ("stock = boxes * per box",),
            asked("How many {n} does {a} have?", find="the number of {n} in the boxes"),
        ),
        Beat(
            "have",
            "have",
            said(
                "{a} buys [0] bags, and each bag has [1] {n} in it.",
                "Then {a} buys [0] bags of [1] {n} each.",
                "At the market {a} gets [0] bags with [1] {n} in each.",
                plain=(
                    "{a} buys bags, [0] of them, and each bag has [1] {n}.",
                    "Bags are bought, [0] in all, with [1] {n} in each bag.",
                ),
                unseen=("{a} comes home with [0] new bags, every one of them holding [1] {n}.",),
            ),
            (("bags", "few"), ("per bag", "few")),
            ("bought = bags * per bag", "after buying = $ + bought"),
            asked(
                "How many {n} does {a} have now?",
                "How many {n} are there then?",
                find="the number of {n} that {a} has after that",
            ),
        ),
        Beat(
            "have",
            "have",
            said(
                "{b} gives {a} [0] more {n}.",
                "As a gift {a} gets [0] {n} from {b}.",
                "For a birthday {b} brings {a} [0] {n}.",
                plain=("{b} gives {a} [0] more {n}.", "As a gift {a} gets [0] {n} from {b}."),
                unseen=("Then {a} is handed another [0] {n} by {b}.",),
            ),
            (("gift", "many"),),
            ("after gift = $ + gift",),
            asked(
                "How many {n} does {a} have now?",
                "What is the number of {n} that {a} has then?",
                find="the number of {n} that {a} has after the gift",
            ),
        ),
        Beat(
            "have",
            "have",
            said(
                "{a} loses [0] {n}.",
                "Then {a} loses [0] of the {n}.",
                "By accident {a} drops [0] {n} and cannot find them again.",
                plain=("{a} loses [0] {n}.", "Lost on the way are [0] {n}."),
                unseen=("On the way home [0] {n} of {a} go missing.",),
            ),
            (("loss", "many"),),
            ("after loss = $ - loss",),
            asked(
                "How many {n} does {a} have now?",
                "How many {n} are left?",
                find="the number of {n} that {a} still has",
            ),
        ),
        Beat(
            "have",
            "share",
            said(
                "{a} shares the {n} equally among [0] friends.",
                "{a} gives all the {n} to [0] friends, who share them equally.",
                "All the {n} are given away to [0] friends, the same number to each.",
                plain=(
                    "{a} shares the {n} equally among [0] friends.",
                    "The friends of {a} are [0] and share all the {n} equally.",
                ),
                unseen=("{a} divides all the {n} evenly between [0] friends and keeps none.",),
            ),
            (("friends", "few"),),
            ("share = $ / friends",),
            asked(
                "How many {n} does each friend get?",
                "How many {n} is that for one friend?",
                find="the number of {n} that each friend gets",
            ),
        ),
        Beat(
            "have",
            "money",
            said(
                "{a} sells all the {n} for [0] dollars each.",
                "All the {n} are sold, and each of them brings {a} [0] dollars.",
                "At a fair {a} sells every one of the {n}, each for [0] dollars.",
                plain=("{a} sells all the {n} for [0] dollars each.", "All the {n} are sold at [0] dollars a piece."),
                unseen=("A collector pays {a} [0] dollars for each of the {n} and takes them all.",),
            ),
            (("price", "few"),),
            ("income = $ * price",),
            asked("How many dollars does {a} earn?", find="the number of dollars that {a} earns"),
        ),
    ),
    asides=(
        "The shelf in the room of {a} is [0] inches wide.",
        "{b} began to collect stamps [0] months ago.",
        "The room of {a} has [0] lamps.",
    ),
)

SHOPPING = Story(
    "shopping",
    (
        Beat(
            "start",
            "cost",
            said(
                "{a} buys [0] {n} at [1] dollars each.",
                "In a shop {a} takes [0] {n}, and each costs [1] dollars.",
                "{a} wants [0] {n} from a shop that sells them for [1] dollars each.",
                plain=(
                    "{a} buys [0] {n} at a price of [1] dollars.",
                    "In a shop {a} takes [0] {n}, and each costs [1] dollars.",
                ),
                unseen=("The {n} in a shop cost [1] dollars each, and {a} chooses [0] of them.",),
            ),
            (("pieces", "few"), ("price", "many")),
            ("cost = pieces * price",),
            asked(
                "How many dollars do the {n} cost?",
                "How much does {a} pay for the {n}?",
                find="the cost of the {n} in dollars",
            ),
        ),
        Beat(
            "cost",
            "cost",
            said(
                "{a} also buys a bag for [0] dollars.",
                "{a} adds a bag that costs [0] dollars.",
                "A bag to carry them in costs [0] dollars more, and {a} takes it too.",
                plain=("{a} also buys a bag for [0] dollars.", "A bag is added that costs [0] dollars."),
                unseen=("On top of that {a} pays [0] dollars for a bag.",),
            ),
            (("bag price", "many"),),
            ("full cost = $ + bag price",),
            asked(
                "How many dollars is that in all?",
                "How much does {a} pay in all?",
                find="the whole cost in dollars, with the bag",
            ),
        ),
        Beat(
            "cost",
            "cost",
            said(
                "A coupon takes [0] dollars off the price.",
                "{a} uses a coupon of [0] dollars.",
                "With a coupon {a} saves [0] dollars.",
                plain=("A coupon takes off [0] dollars.", "{a} uses a coupon of [0] dollars."),
                unseen=("{a} shows a voucher, and the cost goes down by [0] dollars.",),
            ),
            (("coupon", "many"),),
            ("reduced cost = $ - coupon",),
            asked(
                "How many dollars does {a} pay?",
                "How much is left to pay?",
                find="the number of dollars that {a} has to pay",
            ),
        ),
        Beat(
            "cost",
            "change",
            said(
                "{a} pays with [0] dollars.",
                "{a} hands over [0] dollars.",
                "{a} gives the cashier [0] dollars.",
                plain=("{a} pays with [0] dollars.", "{a} hands over [0] dollars."),
                unseen=("At the till {a} puts down [0] dollars.",),
            ),
            (("payment", "lots"),),
            ("change = payment - $",),
            asked(
                "How many dollars of change does {a} get?",
                "How much money comes back?",
                find="the change in dollars",
            ),
        ),
        Beat(
            "cost",
            "each",
            said(
                "The cost is split equally by [0] people.",
                "A group of [0] friends splits the cost equally.",
                "A group of [0] people shares the cost equally.",
                plain=("The cost is split equally by [0] people.", "Those who split the cost equally are [0] people."),
                unseen=("Everyone in a group of [0] people pays the same part of the cost.",),
            ),
            (("people", "few"),),
            ("cost each = $ / people",),
            asked("How many dollars does each of them pay?", find="the number of dollars that each of them pays"),
        ),
    ),
    asides=(
        "The shop has been open for [0] years.",
        "In the queue before {a} stand [0] people.",
        "The shop closes in [0] minutes.",
    ),
)

BAKING = Story(
    "baking",
    (
        Beat(
            "start",
            "flour",
            said(
                "A cake needs [0] cups of flour, and {a} bakes [1] cakes.",
                "{a} bakes [1] cakes, and each of them needs [0] cups of flour.",
                "For each of [1] cakes {a} uses [0] cups of flour.",
                plain=(
                    "A cake needs [0] cups of flour and {a} bakes [1] cakes.",
                    "{a} bakes [1] cakes and each needs [0] cups of flour.",
                ),
                unseen=("The recipe takes [0] cups of flour for one cake, and {a} makes [1] such cakes.",),
            ),
            (("per cake", "few"), ("cakes", "many")),
            ("flour = cakes * per cake",),
            asked("How many cups of flour does {a} need?", find="the number of cups of flour that {a} needs"),
        ),
        Beat(
            "flour",
            "flour",
            said(
                "For bread {a} needs [0] more cups.",
                "Bread takes another [0] cups of flour.",
                "A loaf of bread needs another [0] cups of flour.",
                plain=("Bread takes [0] cups more.", "For bread {a} needs [0] more cups."),
                unseen=("{a} bakes bread as well, and it takes [0] further cups of flour.",),
            ),
            (("bread flour", "many"),),
            ("all flour = $ + bread flour",),
            asked(
                "How many cups of flour is that in all?",
                find="the number of cups of flour that {a} has to get for all of it",
                rich=("How many cups of flour does {a} have to get for all of it?",),
            ),
        ),
        Beat(
            "flour",
            "flour",
            said(
                "{a} has [0] cups of flour at home and buys the rest.",
                "At home {a} finds [0] cups of flour and goes out to buy the rest.",
                "There are [0] cups of flour in the kitchen already, and {a} buys only what is missing.",
                plain=("At home there are [0] cups.", "At home {a} finds [0] cups of it."),
                unseen=("{a} has [0] cups of the flour in store and has to get the others.",),
            ),
            (("home flour", "many"),),
            ("missing flour = $ - home flour",),
            asked(
                "How many cups are to be bought?",
                "How many cups of flour are missing?",
                find="the number of cups of flour that {a} has to buy",
            ),
        ),
        Beat(
            "flour",
            "sacks",
            said(
                "This flour comes in sacks of [0] cups.",
                "{a} gets this flour in sacks that hold [0] cups each.",
                "The mill fills this flour into sacks, [0] cups to a sack.",
                plain=("Flour is sold in sacks of [0] cups.", "One sack of flour holds [0] cups."),
                unseen=("In the shop every sack of flour contains [0] cups.",),
            ),
            (("per sack", "few"),),
            ("sacks = $ / per sack",),
            asked(
                "How many sacks is that?",
                find="the number of sacks of flour that {a} has to get",
                rich=("How many sacks of flour does {a} have to get?",),
            ),
        ),
    ),
    asides=(
        "The oven of {a} is [0] inches wide.",
        "{b} learned to bake [0] months ago.",
        "The kitchen of {a} is [0] feet long.",
    ),
)
