"""Stories of rates: people who work together, and tanks that fill."""

from __future__ import annotations

from .story_parts import Beat, Story, asked, said

TEAMWORK = Story(
    "teamwork",
    (
        Beat(
            "start",
            "rate",
            said(
                "{a} folds [0] letters an hour and {b} folds [1] letters an hour, and they work together.",
                "Working side by side, {a} folds [0] letters in an hour and {b} folds [1].",
                "{a} and {b} fold letters together: {a} does [0] an hour, {b} does [1] an hour.",
                unseen=("Two people fold letters together, {a} at [0] an hour and {b} at [1] an hour.",),
            ),
            (("own rate", "many"), ("partner rate", "many")),
            ("joint rate = own rate + partner rate",),
            asked("How many letters do they fold in an hour?", find="the number of letters that they fold in an hour"),
        ),
        Beat(
            "start",
            "rate",
            said(
                "Every [0] hours {a} folds [1] letters, always at the same speed.",
                "{a} folds letters at a steady speed, [1] of them in [0] hours.",
                "At a steady speed {a} folds [1] letters in [0] hours.",
                unseen=("It takes {a} [0] hours to fold [1] letters, with no change of speed.",),
            ),
            (("hours before", "few"), ("letters before", "multiple")),
            ("hourly rate = letters before / hours before",),
            asked("How many letters does {a} fold in an hour?", find="the number of letters that {a} folds in an hour"),
        ),
        Beat(
            "rate",
            "rate",
            said(
                "A machine helps and folds another [0] letters an hour.",
                "The office has a machine too, which folds [0] letters an hour.",
                "Beside that a machine runs which folds [0] letters an hour.",
                unseen=("Then a machine is switched on that folds [0] letters every hour.",),
            ),
            (("machine rate", "many"),),
            ("rate with machine = $ + machine rate",),
            asked(
                "How many letters are folded in an hour in all?",
                find="the number of letters that are folded in an hour in all",
            ),
        ),
        Beat(
            "rate",
            "letters",
            said(
                "The work goes on like that for [0] hours.",
                "At this rate the work lasts [0] hours.",
                "This goes on for [0] hours.",
                unseen=("After [0] hours at this rate the work is done.",),
            ),
            (("hours", "few"),),
            ("letters = $ * hours",),
            asked("How many letters are folded in this time?", find="the number of letters that are folded"),
        ),
        Beat(
            "rate",
            "time",
            said(
                "There are [0] letters to fold.",
                "The work at this rate ends when [0] letters are folded.",
                "A firm has ordered [0] folded letters.",
                unseen=("The pile to be folded has [0] letters.",),
            ),
            (("letters to fold", "multiple"),),
            ("hours needed = letters to fold / $",),
            asked("How many hours does that take?", find="the number of hours that this takes"),
        ),
        Beat(
            "letters",
            "good",
            said(
                "Of the folded letters, [0] are torn and thrown away.",
                "By mistake [0] of the folded letters are spoiled.",
                "A check shows that [0] of the folded letters are useless.",
                unseen=("Coffee is spilled over [0] of the folded letters, and they are lost.",),
            ),
            (("spoiled letters", "many"),),
            ("good letters = $ - spoiled letters",),
            asked("How many good letters are there?", find="the number of good letters"),
        ),
        Beat(
            "letters good",
            "boxes",
            said(
                "The letters that are fit to send go into boxes of [0].",
                "All letters that are fit to send are put into boxes, [0] to a box.",
                "Each box is filled with [0] of the letters that are fit to send.",
                unseen=("Every box takes [0] letters, and all that are fit to send are packed.",),
            ),
            (("letters per box", "few"),),
            ("boxes = $ / letters per box",),
            asked("How many boxes are filled?", find="the number of boxes that are filled"),
        ),
        Beat(
            "time",
            "time",
            said(
                "Breaks add [0] hours to that time.",
                "On top of the work there are [0] hours of breaks.",
                "The work is stopped for [0] hours in between.",
                unseen=("Because of a power cut it takes [0] hours longer than that.",),
            ),
            (("break hours", "few"),),
            ("hours with breaks = $ + break hours",),
            asked("How many hours does it take in all?", find="the number of hours from start to end"),
        ),
        Beat(
            "time",
            "cost",
            said(
                "From start to end the room for it costs [0] dollars an hour.",
                "For the whole time from start to end an office is rented at [0] dollars an hour.",
                "Each hour from start to end costs the firm [0] dollars.",
                unseen=("Every hour from start to end the rent is [0] dollars.",),
            ),
            (("hourly cost", "few"),),
            ("cost = $ * hourly cost",),
            asked("How many dollars does that cost?", find="the cost of that in dollars"),
        ),
    ),
    asides=(
        "The office is on floor [0].",
        "{a} has worked for the firm for [0] months.",
        "In the building there are [0] other firms.",
    ),
)

TANK = Story(
    "tank",
    (
        Beat(
            "start",
            "flow",
            said(
                "A pipe brings [0] liters of water a minute into a tank.",
                "Through a pipe [0] liters of water a minute flow into a tank.",
                "{a} fills a tank with a hose that gives [0] liters of water a minute.",
                unseen=("Every minute a pump moves [0] liters of water into a tank.",),
            ),
            (("inflow", "many"),),
        ),
        Beat(
            "start",
            "flow",
            said(
                "A tank is filled by [0] pipes, and each brings [1] liters of water a minute.",
                "Into a tank lead [0] pipes, through each of which come [1] liters of water a minute.",
                "{a} opens [0] pipes that each let [1] liters of water a minute into a tank.",
                unseen=("There are [0] pipes into a tank, and every one of them gives [1] liters of water a minute.",),
            ),
            (("pipes", "few"), ("pipe flow", "many")),
            ("pipes together = pipes * pipe flow",),
            asked(
                "How many liters of water come into the tank in a minute?",
                find="the number of liters that come into the tank in a minute",
            ),
        ),
        Beat(
            "flow",
            "flow",
            said(
                "At the same time a hose adds [0] liters a minute.",
                "A hose is also used and adds [0] liters a minute.",
                "{b} helps with a hose that adds [0] liters a minute.",
                unseen=("Rain brings another [0] liters a minute.",),
            ),
            (("hose flow", "many"),),
            ("whole inflow = $ + hose flow",),
            asked("How many liters a minute is that in all?", find="the number of liters a minute that come in all"),
        ),
        Beat(
            "flow",
            "net",
            said(
                "All the while [0] liters a minute run out through a hole.",
                "But the tank has a hole, and [0] liters a minute are lost.",
                "Through a crack the tank loses [0] liters a minute.",
                unseen=("A leak in the tank lets out [0] liters a minute.",),
            ),
            (("leak", "many"),),
            ("net inflow = $ - leak",),
            asked(
                "By how many liters does the water in the tank grow each minute?",
                find="the number of liters that the tank gains each minute",
            ),
        ),
        Beat(
            "flow net",
            "water",
            said(
                "This goes on for [0] minutes in a tank that is empty at first.",
                "The tank is empty at first, and after [0] minutes the water is turned off.",
                "Starting with an empty tank, this lasts [0] minutes.",
                unseen=("From an empty tank on, the water runs like that for [0] minutes.",),
            ),
            (("minutes", "few"),),
            ("water = $ * minutes",),
            asked("How many liters are in the tank then?", find="the number of liters in the tank at the end"),
        ),
        Beat(
            "flow net",
            "time",
            said(
                "The tank holds [0] liters and is empty at first.",
                "At first the tank is empty, and there is room in it for [0] liters.",
                "It is an empty tank, and it is full when it holds [0] liters.",
                unseen=("The empty tank has room for [0] liters in all.",),
            ),
            (("capacity", "multiple"),),
            ("filling minutes = capacity / $",),
            asked(
                "How many minutes does it take to fill the tank?", find="the number of minutes until the tank is full"
            ),
        ),
        Beat(
            "water",
            "water",
            said(
                "Then {b} takes [0] liters for the garden.",
                "The garden gets [0] liters of it.",
                "Of this water [0] liters are used for the garden.",
                unseen=("For the flowers [0] liters are taken out again.",),
            ),
            (("garden water", "many"),),
            ("water left = $ - garden water",),
            asked("How many liters are left in the tank?", find="the number of liters left in the tank"),
        ),
        Beat(
            "water",
            "buckets",
            said(
                "All the water in it is drawn in buckets of [0] liters.",
                "With buckets of [0] liters {a} empties the tank.",
                "The tank is emptied by buckets that hold [0] liters each.",
                unseen=("{b} carries all of the water away in buckets of [0] liters.",),
            ),
            (("bucket size", "few"),),
            ("buckets = $ / bucket size",),
            asked("How many buckets is that?", find="the number of buckets that are filled"),
        ),
        Beat(
            "time",
            "done",
            said(
                "Cleaning the tank before took [0] minutes.",
                "Before the filling {a} cleaned the tank for [0] minutes.",
                "The tank was cleaned first, which took [0] minutes.",
                unseen=("To clean the tank beforehand, {b} needed [0] minutes.",),
            ),
            (("cleaning minutes", "many"),),
            ("all minutes = $ + cleaning minutes",),
            asked("How many minutes is that in all?", find="the number of minutes for cleaning and filling together"),
        ),
    ),
    asides=("The tank is [0] years old.", "{b} painted the tank [0] months ago.", "The garden has [0] trees."),
)
