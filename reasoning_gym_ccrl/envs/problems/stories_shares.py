"""Stories of fractions, of sharing equally and unequally, and of mixtures."""

from __future__ import annotations

from .story_parts import Beat, Story, asked, said


def _pens(source: str, which: str) -> Beat:
    """Animals go into pens: after several counts it must be said which."""
    return Beat(
        source,
        "pens",
        said(
            f"The {which} are put into pens of [0].",
            f"For the night the {which} go into pens, [0] to a pen.",
            f"{{b}} brings the {which} to pens, each for [0] of them.",
            unseen=(f"Every pen takes [0] of the {which}, and all pens are full.",),
        ),
        (("animals per pen", "few"),),
        ("pens = $ / animals per pen",),
        asked(f"How many pens are needed for the {which}?", find=f"the number of pens for the {which}"),
    )


FRACTIONS = Story(
    "fractions",
    (
        Beat(
            "start",
            "animals",
            said(
                "A farm has [0] animals.",
                "On the farm of {a} there are [0] animals.",
                "{a} looks after a farm with [0] animals.",
                unseen=("The farm that {b} runs is home to [0] animals.",),
            ),
            (("animals", "x12"),),
        ),
        Beat(
            "animals",
            "animals",
            said(
                "In spring [0] of the animals are sold.",
                "Then {a} sells [0] of the animals.",
                "A neighbor buys [0] of the animals.",
                unseen=("At an auction the farm parts with [0] of the animals.",),
            ),
            (("part sold", "part"),),
            ("animals sold = $ * part sold", "animals kept = $ - animals sold"),
            asked("How many animals does the farm keep?", find="the number of animals that the farm keeps"),
        ),
        Beat(
            "animals",
            "animals",
            said(
                "Then [0] animals are born on the farm.",
                "In one night [0] more animals come into the world there.",
                "The farm gets [0] young animals.",
                unseen=("To the animals of the farm [0] young ones are added.",),
            ),
            (("young animals", "many"),),
            ("animals with young = $ + young animals",),
            asked("How many animals does the farm have now?", find="the number of animals on the farm after that"),
        ),
        Beat(
            "animals",
            "sheep",
            said(
                "Of all the animals, [0] are sheep.",
                "The sheep are [0] of the animals.",
                "As a count shows, [0] of the animals are sheep.",
                unseen=("Sheep make up [0] of the animals.",),
            ),
            (("sheep part", "part"),),
            ("sheep = $ * sheep part",),
            asked("How many sheep are there?", find="the number of sheep"),
        ),
        Beat(
            "sheep",
            "black",
            said(
                "Of the sheep, [0] are black.",
                "The black ones are [0] of the sheep.",
                "Black wool grows on [0] of the sheep.",
                unseen=("A black coat is worn by [0] of the sheep.",),
            ),
            (("black part", "part"),),
            ("black sheep = $ * black part",),
            asked("How many black sheep are there?", find="the number of black sheep"),
        ),
        _pens("animals", "animals now on the farm"),
        _pens("sheep", "sheep"),
        _pens("black", "black sheep"),
    ),
    asides=(
        "The barn was painted [0] years ago.",
        "The farm lies [0] miles from the next village.",
        "The house on the farm has [0] windows.",
    ),
)

SHARING = Story(
    "sharing",
    (
        Beat(
            "start",
            "pile",
            said(
                "{a} brings [0] {n} to share.",
                "There is a pile of [0] {n} on the table of {a}.",
                "{a} found [0] {n}.",
                unseen=("A parcel with [0] {n} arrives for {a}.",),
            ),
            (("pile", "many"),),
        ),
        Beat(
            "start",
            "pile",
            said(
                "{a} and {b} find [0] bags with [1] {n} in each.",
                "Before {a} and {b} lie [0] bags, and each has [1] {n} in it.",
                "Together {a} and {b} bought [0] bags of [1] {n} each.",
                unseen=("{a} and {b} win [0] bags that hold [1] {n} each.",),
            ),
            (("bags", "few"), ("bag content", "many")),
            ("found = bags * bag content",),
            asked("How many {n} are in the bags?", find="the number of {n} in the bags"),
        ),
        Beat(
            "pile",
            "rest",
            said(
                "{a} puts [0] of the {n} aside, and only the others are shared.",
                "Of the {n}, [0] are damaged, and only the rest is shared.",
                "{a} takes out [0] of the {n}; the others are to be shared.",
                unseen=("The best [0] of the {n} stay with {a}, and the others are shared.",),
            ),
            (("put aside", "many"),),
            ("rest = $ - put aside",),
            asked("How many {n} are there to share?", find="the number of {n} that are shared"),
        ),
        Beat(
            "pile rest",
            "share",
            said(
                "Then [0] children share these {n} equally.",
                "These {n} are divided equally among [0] children.",
                "A group of [0] children gets these {n}, each child the same number.",
                unseen=("These {n} go to [0] children in equal shares.",),
            ),
            (("children", "few"),),
            ("share = $ / children",),
            asked("How many {n} does each child get?", find="the number of {n} that each child gets"),
        ),
        Beat(
            "pile rest",
            "smaller",
            said(
                "{a} and {b} share these {n} so that {b} gets [0] times as many as {a}.",
                "Of these {n}, {b} gets [0] times as many as {a}, and none are left over.",
                "These {n} go to {a} and {b}, with {b} getting [0] times as many as {a}.",
                unseen=("Whenever {a} takes one of these {n}, {b} takes [0], until none are left.",),
            ),
            (("multiple", "fit"), ("own part", "=1")),
            ("parts = multiple + own part", "smaller share = $ / parts"),
            asked("How many {n} does {a} get?", find="the number of {n} that {a} gets"),
        ),
        Beat(
            "pile rest",
            "larger",
            said(
                "{a} and {b} share these {n} so that {b} gets [0] times as many as {a}.",
                "Of these {n}, {b} gets [0] times as many as {a}, and none are left over.",
                "These {n} go to {a} and {b}, with {b} getting [0] times as many as {a}.",
                unseen=("Whenever {a} takes one of these {n}, {b} takes [0], until none are left.",),
            ),
            (("multiple", "fit"), ("own part", "=1")),
            ("parts = multiple + own part", "smaller share = $ / parts", "larger share = smaller share * multiple"),
            asked("How many {n} does {b} get?", find="the number of {n} that {b} gets"),
        ),
        Beat(
            "pile rest",
            "smaller",
            said(
                "{a} and {b} share these {n}, and {b} gets [0] more than {a}.",
                "These {n} are split between {a} and {b}, with [0] more for {b} than for {a}.",
                "All of these {n} go to {a} and {b}, but {a} gets [0] fewer than {b}.",
                unseen=("{a} and {b} split these {n} unequally: {b} has [0] more than {a} in the end.",),
            ),
            (("surplus", "fit"), ("sharers", "=2")),
            ("even amount = $ - surplus", "share of {a} = even amount / sharers"),
            asked("How many {n} does {a} get?", find="the number of {n} that {a} gets"),
        ),
        Beat(
            "share",
            "after",
            said(
                "Each child already had [0] {n} at home.",
                "At home every child has [0] {n} more.",
                "Each child adds this share to [0] {n} from before.",
                unseen=("Before that, each of the children owned [0] {n}.",),
            ),
            (("earlier count", "many"),),
            ("all of a child = $ + earlier count",),
            asked("How many {n} does each child have in all?", find="the number of {n} that each child has in all"),
        ),
        Beat(
            "smaller",
            "after",
            said(
                "Later {a} gives away [0] of this share.",
                "{a} loses [0] of the {n} in this share.",
                "From this share {a} takes [0] {n} for a friend.",
                unseen=("{a} trades [0] {n} of this share for a book.",),
            ),
            (("given away", "few"),),
            ("share left = $ - given away",),
            asked("How many {n} of this share does {a} keep?", find="the number of {n} that {a} keeps of this share"),
        ),
    ),
    asides=(
        "The table is [0] inches high.",
        "{b} is waiting for a bus that comes in [0] minutes.",
        "There are [0] pictures on the wall.",
    ),
)

MIXTURES = Story(
    "mixtures",
    (
        Beat(
            "start",
            "blend",
            said(
                "{a} has [0] liters of a drink that is [1] juice; the rest of it is water.",
                "In a bowl are [0] liters of a drink, of which [1] is juice and the rest water.",
                "{a} pours out [0] liters of a drink made of [1] juice and otherwise water.",
                unseen=("A drink of [0] liters consists of [1] juice and, for the rest, of water.",),
            ),
            (("liters", "x10"), ("juice share", "percent")),
            ("juice = liters * juice share",),
            asked("How many liters of juice are in the drink?", find="the amount of juice in the drink, in liters"),
        ),
        Beat(
            "blend",
            "mix",
            said(
                "{b} adds [0] liters of a drink that is [1] juice, with water for the rest.",
                "To this are added [0] liters of another drink, which is [1] juice and otherwise water.",
                "Another [0] liters are poured in, made of [1] juice and of water.",
                unseen=("A second drink of [0] liters is stirred in; [1] of it is juice, the rest water.",),
            ),
            (("added liters", "x10"), ("added share", "percent")),
            ("added juice = added liters * added share", "all juice = $ + added juice"),
            asked("How many liters of juice are in the mixture?", find="the amount of juice in the mixture, in liters"),
        ),
        Beat(
            "mix",
            "water",
            said(
                "Then it is stirred well.",
                "The mixture is stirred with a spoon.",
                "{a} stirs the mixture.",
                unseen=("All of it is mixed well.",),
            ),
            (),
            ("all liters = liters + added liters", "water = all liters - $"),
            asked("How many liters of water are in the mixture?", find="the amount of water in the mixture, in liters"),
        ),
        Beat(
            "mix",
            "strength",
            said(
                "Then it is stirred well.",
                "The mixture is stirred with a spoon.",
                "{a} stirs the mixture.",
                unseen=("All of it is mixed well.",),
            ),
            (("full scale", "=100"),),
            (
                "all liters = liters + added liters",
                "scaled juice = $ * full scale",
                "strength = scaled juice / all liters",
            ),
            asked("What percentage of the mixture is juice?", find="the percentage of juice in the mixture"),
        ),
        Beat(
            "start",
            "coffee",
            said(
                "{a} takes [0] pounds of coffee at [1] dollars a pound.",
                "A shop has [0] pounds of coffee that cost [1] dollars a pound.",
                "For a blend {a} starts with [0] pounds of coffee, at [1] dollars a pound.",
                unseen=("{a} weighs out [0] pounds of coffee, which costs [1] dollars a pound.",),
            ),
            (("pounds", "few"), ("pound price", "many")),
            ("coffee cost = pounds * pound price",),
            asked("How many dollars does this coffee cost?", find="the cost of this coffee in dollars"),
        ),
        Beat(
            "coffee",
            "blended",
            said(
                "It is blended with [0] pounds of a coffee at [1] dollars a pound.",
                "{b} mixes in [0] pounds of another coffee, at [1] dollars a pound.",
                "To it come [0] pounds of a second kind, which costs [1] dollars a pound.",
                unseen=("Another kind, [0] pounds at [1] dollars a pound, is mixed with it.",),
            ),
            (("added pounds", "few"), ("added price", "many")),
            ("added cost = added pounds * added price", "blend cost = $ + added cost"),
            asked("How many dollars does the whole blend cost?", find="the cost of the whole blend in dollars"),
        ),
        Beat(
            "coffee",
            "price",
            said(
                "It is blended with [0] pounds of a coffee at [1] dollars a pound.",
                "{b} mixes in [0] pounds of another coffee, at [1] dollars a pound.",
                "To it come [0] pounds of a second kind, which costs [1] dollars a pound.",
                unseen=("Another kind, [0] pounds at [1] dollars a pound, is mixed with it.",),
            ),
            (("added pounds", "few"), ("added price", "fit many")),
            (
                "added cost = added pounds * added price",
                "blend cost = $ + added cost",
                "all pounds = pounds + added pounds",
                "blend price = blend cost / all pounds",
            ),
            asked(
                "How many dollars does a pound of the blend cost?", find="the cost of a pound of the blend in dollars"
            ),
        ),
        Beat(
            "blended",
            "earned",
            said(
                "The whole blend is sold for [0] dollars.",
                "{a} sells the whole blend and takes in [0] dollars.",
                "Customers pay [0] dollars for the whole blend.",
                unseen=("The takings from the whole blend are [0] dollars.",),
            ),
            (("takings", "lots"),),
            ("profit = takings - $",),
            asked("How many dollars is the profit?", find="the profit in dollars"),
        ),
    ),
    asides=("The recipe is on page [0] of a book.", "{b} learned this [0] weeks ago.", "The kitchen is [0] feet long."),
)
