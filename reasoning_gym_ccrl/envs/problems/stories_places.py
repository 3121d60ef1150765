"""Stories of orchards and schools, which the preset "easy" tells too, and of work and journeys."""

from __future__ import annotations

from .story_parts import Beat, Story, asked, said

ORCHARD = Story(
    "orchard",
    (
        Beat(
            "start",
            "trees",
            said(
                "An orchard has [0] rows with [1] trees in each row.",
                "In an orchard there are [0] rows, and each row has [1] trees.",
                "{a} has planted an orchard of [0] rows with [1] trees in each row.",
                plain=(
                    "An orchard has rows, [0] in all, and each row has [1] trees.",
                    "The rows of {a} are [0] and in each stand [1] trees.",
                ),
                unseen=("In the orchard of {a} there are [0] rows, and every row counts [1] trees.",),
            ),
            (("rows", "few"), ("per row", "many")),
            ("trees = rows * per row",),
            asked("How many trees are there?", find="the number of trees in the orchard"),
        ),
        Beat(
            "trees",
            "trees",
            said(
                "A storm fells [0] trees.",
                "In a cold winter [0] of the trees die.",
                "Because they are ill, [0] of the trees are cut down.",
                plain=("A storm fells [0] trees.", "Of the trees die [0] in a cold winter."),
                unseen=("Beetles kill [0] of the trees.",),
            ),
            (("dead trees", "many"),),
            ("living trees = $ - dead trees",),
            asked("How many trees are left?", "How many trees are alive?", find="the number of trees that are left"),
        ),
        Beat(
            "trees",
            "fruit",
            said(
                "Every tree gives [0] baskets of fruit.",
                "Each of these trees bears [0] baskets of fruit.",
                "The harvest is [0] baskets of fruit from each tree.",
                plain=("Every tree gives [0] baskets of fruit.", "From each tree come [0] baskets."),
                unseen=("{a} picks [0] baskets of fruit from every tree.",),
            ),
            (("per tree", "few"),),
            ("baskets = $ * per tree",),
            asked("How many baskets is that?", find="the number of baskets of fruit"),
        ),
        Beat(
            "fruit",
            "carts",
            said(
                "{b} puts [0] baskets on each cart.",
                "A cart takes [0] of the baskets.",
                "The baskets are loaded onto carts, [0] on each.",
                plain=("A cart takes [0] baskets.", "{b} puts [0] baskets on each cart."),
                unseen=("All the baskets leave on carts, and every cart carries [0] of them.",),
            ),
            (("per cart", "few"),),
            ("carts = $ / per cart",),
            asked("How many carts are needed?", find="the number of carts that are needed"),
        ),
    ),
    asides=(
        "The orchard is [0] years old.",
        "A wall of [0] meters stands around the orchard.",
        "The house next to it has [0] windows.",
    ),
)

SCHOOL = Story(
    "school",
    (
        Beat(
            "start",
            "pupils",
            said(
                "A school has [0] classes, and each class has [1] pupils.",
                "In a school there are [0] classes of [1] pupils each.",
                "There are [0] classes at the school of {a}, with [1] pupils in every class.",
                plain=(
                    "A school has classes, [0] in all, and each class has [1] pupils.",
                    "The classes are [0] and in each are [1] pupils.",
                ),
                unseen=("The school that {a} goes to has [0] classes of [1] pupils each.",),
            ),
            (("classes", "few"), ("per class", "many")),
            ("pupils = classes * per class",),
            asked("How many pupils are there?", find="the number of pupils at the school"),
        ),
        Beat(
            "start",
            "pupils",
            said(
                "There are [0] pupils in the hall.",
                "A group has [0] pupils.",
                "A trip is planned for [0] pupils.",
                plain=("In the hall are [0] pupils.", "A group has [0] pupils."),
                unseen=("{a} teaches a group of [0] pupils.",),
            ),
            (("group", "many"),),
        ),
        Beat(
            "pupils",
            "pupils",
            said(
                "Of all of them, [0] have to leave early.",
                "Then [0] of them go home.",
                "After an hour [0] of those present leave.",
                plain=("Absent are [0] pupils.", "At home stay [0] pupils."),
                unseen=("Before the end [0] of them are gone.",),
            ),
            (("absent", "many"),),
            ("present = $ - absent",),
            asked(
                "How many pupils are there then?",
                "How many pupils come?",
                find="the number of people who stay",
                rich=("How many people stay?",),
            ),
        ),
        Beat(
            "pupils",
            "pupils",
            said(
                "They are joined by [0] guests.",
                "There are [0] guests too.",
                "In addition [0] guests from another school take part.",
                plain=("They are joined by [0] guests.", "Guests come too, [0] of them."),
                unseen=("{b} brings along [0] guests.",),
            ),
            (("guests", "many"),),
            ("crowd = $ + guests",),
            asked("How many people are there in all?", find="the number of people in all"),
        ),
        Beat(
            "pupils",
            "teams",
            said(
                "All of them play in teams of [0].",
                "Everyone joins a team, and each team has [0] members.",
                "For a game all of them form teams of [0].",
                plain=("They make teams of [0].", "Each team has [0] members."),
                unseen=("All of them are put into teams with [0] members each.",),
            ),
            (("team size", "few"),),
            ("teams = $ / team size",),
            asked("How many teams are there?", find="the number of teams"),
        ),
    ),
    asides=(
        "The school bus has [0] seats.",
        "The bell rings [0] minutes after noon.",
        "The library of the school has [0] chairs.",
    ),
)

WAGES = Story(
    "wages",
    (
        Beat(
            "start",
            "hours",
            said(
                "{a} works [0] hours a day for [1] days.",
                "On each of [1] days {a} works [0] hours.",
                "For [1] days {a} works [0] hours a day.",
                plain=(
                    "Every day {a} works [0] hours, and does so for [1] days.",
                    "{a} works daily for [0] hours, in all on [1] days.",
                ),
                unseen=("A job keeps {a} busy for [0] hours on each of [1] days.",),
            ),
            (("daily hours", "few"), ("days", "few")),
            ("hours = daily hours * days",),
            asked("How many hours does {a} work?", find="the number of hours that {a} works"),
        ),
        Beat(
            "hours",
            "hours",
            said(
                "{b} works [0] hours more than that.",
                "{b} works longer than {a} by [0] hours.",
                "{b} puts in [0] hours more than {a}.",
                plain=("{b} works more than that, by [0] hours.", "{b} works longer than {a}, by [0] hours."),
                unseen=("Compared with {a}, {b} works [0] extra hours.",),
            ),
            (("extra hours", "many"),),
            ("longer hours = $ + extra hours",),
            asked("How many hours does {b} work?", find="the number of hours that {b} works"),
        ),
        Beat(
            "hours",
            "money",
            said(
                "The wage for it is [0] dollars an hour.",
                "Each of these hours is paid with [0] dollars.",
                "The work of these hours is paid at [0] dollars an hour.",
                plain=("Each hour is paid with [0] dollars.", "The wage is [0] dollars an hour."),
                unseen=("For every one of these hours the firm pays [0] dollars.",),
            ),
            (("wage", "few"),),
            ("pay = $ * wage",),
            asked("How many dollars is the pay?", "How much is earned?", find="the pay in dollars"),
        ),
        Beat(
            "start",
            "money",
            said(
                "{a} has saved [0] dollars.",
                "{a} has [0] dollars in the bank.",
                "The monthly pay of {a} is [0] dollars.",
                plain=("{a} has saved [0] dollars.", "In the bank {a} has [0] dollars."),
                unseen=("For a finished job {a} receives [0] dollars.",),
            ),
            (("savings", "many"),),
        ),
        Beat(
            "money",
            "money",
            said(
                "A tax of [0] dollars is taken from it.",
                "Then taxes take [0] dollars of it.",
                "Of this money [0] dollars go to taxes.",
                plain=("A tax of [0] dollars is taken away.", "Then taxes take [0] dollars."),
                unseen=("The state keeps [0] dollars of it as a tax.",),
            ),
            (("tax", "many"),),
            ("net pay = $ - tax",),
            asked("How many dollars are left?", "How much money remains?", find="the number of dollars that remain"),
        ),
        Beat(
            "money",
            "money",
            said(
                "There is a bonus of [0] dollars.",
                "The boss adds [0] dollars as a bonus.",
                "As a thank-you the firm pays [0] dollars on top.",
                plain=("There is a bonus of [0] dollars.", "The boss adds [0] dollars as a bonus."),
                unseen=("A reward of [0] dollars is added to it.",),
            ),
            (("bonus", "many"),),
            ("gross pay = $ + bonus",),
            asked("How many dollars is that in all?", find="the number of dollars with the bonus"),
        ),
    ),
    asides=(
        "The way to work takes {a} [0] minutes.",
        "The firm has [0] windows on the street.",
        "{b} has known {a} for [0] months.",
    ),
)

TRAVEL = Story(
    "travel",
    (
        Beat(
            "start",
            "way",
            said(
                "{a} rides for [0] hours at a speed of [1] miles an hour.",
                "At a speed of [1] miles an hour {a} rides for [0] hours.",
                "On an express that makes [1] miles an hour {a} travels for [0] hours.",
                plain=(
                    "{a} rides for [0] hours at a speed of [1] miles an hour.",
                    "At a speed of [1] miles an hour {a} rides for [0] hours.",
                ),
                unseen=("{a} boards a train that goes [1] miles every hour and stays on it for [0] hours.",),
            ),
            (("hours", "few"), ("speed", "many")),
            ("distance = hours * speed",),
            asked(
                "How many miles does {a} ride?",
                "How far does {a} get?",
                find="the distance in miles that {a} rides",
            ),
        ),
        Beat(
            "start",
            "way",
            said(
                "{a} has walked [0] miles.",
                "So far {a} has walked [0] miles.",
                "On a long trip {a} has covered [0] miles so far.",
                plain=("{a} has walked [0] miles.", "Already walked by {a} are [0] miles."),
                unseen=("Since the start of the trip {a} has gone [0] miles.",),
            ),
            (("walked", "many"),),
        ),
        Beat(
            "way",
            "way",
            said(
                "After a break {a} goes on for [0] miles.",
                "Then {a} covers [0] more miles.",
                "After lunch {a} travels another [0] miles.",
                plain=("After a break {a} goes on for [0] miles.", "Then follow [0] more miles."),
                unseen=("{a} rests a little and adds [0] miles.",),
            ),
            (("extra miles", "many"),),
            ("full distance = $ + extra miles",),
            asked(
                "How many miles is that in all?",
                "How far does {a} get in all?",
                find="the whole distance in miles that {a} has made",
            ),
        ),
        Beat(
            "way",
            "left",
            said(
                "The whole trip is [0] miles long.",
                "{a} is on a trip of [0] miles.",
                "From start to end the trip measures [0] miles.",
                plain=("The whole trip is [0] miles long.", "It is a trip of [0] miles."),
                unseen=("The goal lies [0] miles from where {a} set out.",),
            ),
            (("trip", "lots"),),
            ("miles left = trip - $",),
            asked(
                "How many miles are left?",
                "How far is it still to go?",
                find="the number of miles that are still to go",
            ),
        ),
        Beat(
            "left",
            "time",
            said(
                "From now on {a} covers [0] miles a day.",
                "Of the rest {a} does [0] miles every day.",
                "{a} covers the rest at [0] miles a day.",
                plain=("From now on {a} makes each day [0] miles.", "Of the rest {a} does daily [0] miles."),
                unseen=("For what is left {a} plans [0] miles a day.",),
            ),
            (("daily miles", "few"),),
            ("days left = $ / daily miles",),
            asked("How many days does the rest take?", find="the number of days that the rest takes"),
        ),
    ),
    asides=(
        "The bag of {a} weighs [0] pounds.",
        "On the way {a} takes [0] photos.",
        "The map of {a} was printed [0] years ago.",
    ),
)
