"""Stories that are sequences: rows of seats, savings, training, growth and spread."""

from __future__ import annotations

from . import sequence_parts as parts
from .sequence_parts import Progression, fixed
from .sketches import Wording

STORIES: dict[str, Progression] = {
    "row of seats": Progression(
        parts.rising_term,
        (3,),
        fixed(*parts.TERM),
        Wording(
            seen=(
                "The first row of a {hall} has {first term} seats, and each further row has {difference} seats more "
                "than the row before it.|How many seats does the {place th} row have?",
                "In a {hall} there are {first term} seats in the front row and {difference} more in each row than in "
                "the row in front of it.|How many seats are there in the {place th} row?",
                "A {hall} has {first term} seats in its first row; from row to row there are {difference} more.|What "
                "is the number of seats in row {place}?",
                "Row by row the seats of a {hall} get more: {first term} in the first row, then {difference} more "
                "each time.|How many are in row number {place}?",
            ),
            unseen=(
                "An usher counts {first term} seats in the first row of a {hall} and finds that every row behind has "
                "{difference} more than the row before.|How many does the {place th} row have?",
                "The seats of a {hall} widen like a fan, from {first term} in the first row by {difference} with each "
                "row.|How many seats form row {place}?",
            ),
            turned=(
                "Each row of a {hall} has {difference} seats more than the row before it, and the first row has "
                "{first term}.|How many seats does the {place th} row have?",
                "How many seats does row {place} of a {hall} have if the first row has {first term} and there are "
                "{difference} more from row to row?",
            ),
        ),
        told=True,
    ),
    "all seats": Progression(
        parts.given_sum,
        (5,),
        fixed(*parts.SUM),
        Wording(
            seen=(
                "The first row of a {hall} has {first term} seats, and each further row has {difference} seats more "
                "than the row before it. There are {count} rows.|How many seats are there in all?",
                "In a {hall} there are {first term} seats in the front row and {difference} more in each row than in "
                "the row in front of it, with {count} rows.|How many seats does the {hall} have?",
                "A {hall} has {first term} seats in its first row; from row to row there are {difference} more, and "
                "it has {count} rows.|What is the number of all its seats?",
                "Row by row the seats of a {hall} get more: {first term} in the first row, then {difference} more "
                "each time, for {count} rows.|How many seats is that altogether?",
            ),
            unseen=(
                "An usher counts {first term} seats in the first row of a {hall} and finds that every row behind has "
                "{difference} more than the row before, up to row {count}, the last.|How many people can sit there?",
                "The seats of a {hall} widen like a fan, from {first term} in the first row by {difference} with each "
                "row, over {count} rows.|How many seats form the fan?",
            ),
            turned=(
                "A {hall} has {count} rows. Its first row has {first term} seats, and each further row has "
                "{difference} seats more than the row before it.|How many seats are there in all?",
                "Each row of a {hall} has {difference} seats more than the row before it, the first row has {first "
                "term}, and there are {count} rows.|What is the number of all its seats?",
            ),
        ),
        told=True,
    ),
    "savings": Progression(
        parts.given_sum,
        (5,),
        fixed(*parts.SUM),
        Wording(
            seen=(
                "{person} saves {first term} euros in the first week and then {difference} euros more each week than "
                "the week before.|How many euros has {person} saved after {count} weeks?",
                "In the first week {person} puts {first term} euros aside, in each further week {difference} euros "
                "more than in the last.|How many euros are there after {count} weeks?",
                "{person} collects {thing}: {first term} in the first month, and each month {difference} more than "
                "the month before.|How many {thing} has {person} collected after {count} months?",
                "On the first day {person} finds {first term} {thing}, and on each further day {difference} more than "
                "the day before.|How many {thing} has {person} found after {count} days?",
            ),
            unseen=(
                "{person} lays {first term} {thing} in the first row and {difference} more in each row than in the "
                "last.|How many {thing} lie there when {count} rows are done?",
                "The earnings of {person} start at {first term} euros in the first month and rise by {difference} "
                "euros from month to month.|How many euros is that in all in {count} months?",
            ),
            turned=(
                "How many euros has {person} saved after {count} weeks, with {first term} euros in the first week and "
                "{difference} euros more each week than the week before?",
                "Each month {person} collects {difference} more {thing} than the month before, starting with {first "
                "term} in the first month.|How many {thing} has {person} collected after {count} months?",
            ),
        ),
        told=True,
    ),
    "training": Progression(
        parts.given_place,
        (3,),
        fixed(*parts.PLACE),
        Wording(
            seen=(
                "{person} runs {first term} minutes in the first week and then {difference} minutes more each week "
                "than the week before.|In which week does {person} run {term} minutes?",
                "In the first lesson {person} learns {first term} words, in each further lesson {difference} more "
                "than in the last.|In which lesson does {person} learn {term} words? Give its number.",
                "{person} lays {first term} {thing} on the first day, and each day {difference} more than the day "
                "before.|On which day does {person} lay {term} {thing}? Give its number.",
                "A machine of {person} sorts {first term} {thing} in the first hour and {difference} more in each "
                "hour than in the hour before.|In which hour does it sort {term} {thing}? Give its number.",
            ),
            unseen=(
                "{person} reads {first term} pages on day one, and from day to day {difference} more.|What is the "
                "number of the day with {term} pages?",
                "The pay of {person} is {first term} euros in the first month and rises by {difference} euros each "
                "month.|In which month is it {term} euros? Give its number.",
            ),
            turned=(
                "In which week does {person} run {term} minutes, with {first term} minutes in the first week and "
                "{difference} minutes more each week than the week before?",
                "Each day {person} lays {difference} more {thing} than the day before, starting with {first term} on "
                "the first day.|On which day does {person} lay {term} {thing}? Give its number.",
            ),
        ),
        told=True,
    ),
    "steady rise": Progression(
        parts.apart,
        (3,),
        fixed(*parts.APART),
        Wording(
            seen=(
                "In week {earlier place} {person} saves {earlier term} euros, in week {later place} it is {later "
                "term} euros, and the amount rises evenly from week to week.|By how many euros does it rise each week?",
                "{person} lays {earlier term} {thing} in row {earlier place} and {later term} in row {later place}, "
                "with an equal rise from row to row.|By how many {thing} does each row exceed the last?",
                "On day {earlier place} {person} reads {earlier term} pages, on day {later place} it is {later term}, "
                "and every day it is more than the day before by the same number.|By how many pages does it grow each "
                "day?",
                "A shop of {person} sells {earlier term} {thing} in month {earlier place} and {later term} in month "
                "{later place}; the number rises by the same amount each month.|How large is that amount?",
            ),
            unseen=(
                "{person} measures a plant: {earlier term} mm after {earlier place} days, {later term} mm after "
                "{later place} days, and always the same growth.|How many mm does it grow in a day?",
                "After {earlier place} months {person} owns {earlier term} {thing}, after {later place} months {later "
                "term}, with the same gain in each month.|How many {thing} come in each month?",
            ),
            turned=(
                "In week {later place} {person} saves {later term} euros, in week {earlier place} it was {earlier "
                "term} euros, and the amount rises evenly from week to week.|By how many euros does it rise each week?",
                "{person} lays {later term} {thing} in row {later place} and {earlier term} in row {earlier place}, "
                "with an equal rise from row to row.|By how many {thing} does each row exceed the last?",
            ),
        ),
        told=True,
    ),
    "steady rise ahead": Progression(
        parts.apart_term,
        (6,),
        fixed(
            *parts.APART,
            "jumps = place - later place",
            "growth = jumps * difference",
            "term = later term + growth",
        ),
        Wording(
            seen=(
                "In week {earlier place} {person} saves {earlier term} euros, in week {later place} it is {later "
                "term} euros, and the amount rises evenly from week to week.|How many euros does {person} save in "
                "week {place}?",
                "{person} lays {earlier term} {thing} in row {earlier place} and {later term} in row {later place}, "
                "with an equal rise from row to row.|How many {thing} are in row {place}?",
                "On day {earlier place} {person} reads {earlier term} pages, on day {later place} it is {later term}, "
                "and every day it is more than the day before by the same number.|How many pages does {person} read "
                "on day {place}?",
                "A shop of {person} sells {earlier term} {thing} in month {earlier place} and {later term} in month "
                "{later place}; the number rises by the same amount each month.|How many {thing} does it sell in "
                "month {place}?",
            ),
            unseen=(
                "{person} measures a plant: {earlier term} mm after {earlier place} days, {later term} mm after "
                "{later place} days, and always the same growth.|How many mm does it measure after {place} days?",
                "After {earlier place} months {person} owns {earlier term} {thing}, after {later place} months {later "
                "term}, with the same gain in each month.|How many {thing} does {person} own after {place} months?",
            ),
            turned=(
                "In week {later place} {person} saves {later term} euros, in week {earlier place} it was {earlier "
                "term} euros, and the amount rises evenly from week to week.|How many euros does {person} save in "
                "week {place}?",
                "How many {thing} are in row {place} if {person} lays {earlier term} {thing} in row {earlier place} "
                "and {later term} in row {later place}, with an equal rise from row to row?",
            ),
        ),
        told=True,
    ),
    "growth": Progression(
        parts.growth,
        (2,),
        fixed("growth = power(factor, hours)", "number = start * growth"),
        Wording(
            seen=(
                "In a dish of {person} there are {start} {being}, and each hour their number is multiplied by "
                "{factor}.|How many {being} are there after {hours} hours?",
                "{person} counts {start} {being}. Every hour there are {factor} times as many as an hour before.|How "
                "many are there after {hours} hours?",
                "A tank starts with {start} {being}, whose number grows by the factor {factor} every hour.|What is "
                "their number after {hours} hours?",
                "The number of {being} in a drop is {start} and is multiplied by {factor} hour by hour.|How large is "
                "it after {hours} hours?",
            ),
            unseen=(
                "Out of each of {start} {being} come {factor} within an hour, and the same happens to those in every "
                "hour that follows.|How many does {person} find after {hours} hours?",
                "{person} breeds {being}, {start} to begin with, and hour after hour each turns into {factor}.|How "
                "many are there when {hours} hours have passed?",
            ),
            turned=(
                "Each hour the number of {being} in a dish is multiplied by {factor}; at first {person} counts "
                "{start}.|How many {being} are there after {hours} hours?",
                "How many {being} are there after {hours} hours if there are {start} at first and each hour their "
                "number is multiplied by {factor}?",
            ),
        ),
        told=True,
    ),
    "spread": Progression(
        parts.power_sum,
        (5,),
        fixed(*parts.POWER_SUM),
        Wording(
            seen=(
                "On the first day {person} tells {first term} people some news, and on each further day {ratio} times "
                "as many people hear it as on the day before.|How many people have heard it from others after {count} "
                "days?",
                "{person} sells {first term} {thing} in the first week and then, each week, {ratio} times as many as "
                "in the week before.|How many {thing} has {person} sold after {count} weeks?",
                "A film of {person} is seen by {first term} people on the first day, and each day by {ratio} times as "
                "many as on the day before.|How often is it seen in {count} days?",
                "In the first round {person} wins {first term} points, and in each further round {ratio} times as "
                "many as in the round before.|How many points are that after {count} rounds?",
            ),
            unseen=(
                "{person} lays {first term} {thing} on the first square of a board and on each further square {ratio} "
                "times as many as on the last.|How many {thing} are needed for {count} squares?",
                "A letter chain starts when {person} writes {first term} letters, and every further wave has {ratio} "
                "times as many letters.|How many letters are written in {count} waves?",
            ),
            turned=(
                "Each week {person} sells {ratio} times as many {thing} as in the week before, starting with {first "
                "term} in the first week.|How many {thing} has {person} sold after {count} weeks?",
                "How many points does {person} have after {count} rounds, with {first term} points in the first round "
                "and {ratio} times as many in each further round as in the round before?",
            ),
        ),
        told=True,
    ),
    "pond": Progression(
        parts.pond,
        tuple(range(2, 9)),
        parts.pond_lines,
        Wording(
            seen=(
                "{person} puts {number at first} {fish} into a pond. Each year their number is multiplied by "
                "{factor}, and then {catch} of them are caught.|How many {fish} are there after {place} years?",
                "In a pond of {person} live {number at first} {fish}; in each year there come to be {factor} times as "
                "many, of which {catch} are then taken out.|How many {fish} are left after {place} years?",
                "A lake starts with {number at first} {fish}. Every year the number grows by the factor {factor}, and "
                "at the end of the year {person} removes {catch}.|What is the number of {fish} after {place} years?",
                "The number of {fish} in a lake is {number at first}. From year to year it is multiplied by {factor} "
                "and then reduced by {catch}.|How large is it after {place} years?",
            ),
            unseen=(
                "At first {person} counts {number at first} {fish} in a pond. In every year each of them turns into "
                "{factor}, and then herons eat {catch} of all.|How many {fish} are there after {place} years?",
                "{person} starts a farm with {number at first} {fish}; by the end of each year there are {factor} "
                "times as many, of which {catch} are then sold.|How many {fish} does the farm have after {place} "
                "years?",
            ),
            turned=(
                "Each year the number of {fish} in a pond is multiplied by {factor}, and then {catch} of them are "
                "caught; {person} puts {number at first} in to begin with.|How many {fish} are there after {place} "
                "years?",
                "How many {fish} are there after {place} years in a lake that starts with {number at first}, if their "
                "number is multiplied by {factor} and then reduced by {catch} every year?",
            ),
        ),
        told=True,
    ),
}  # fmt: skip
