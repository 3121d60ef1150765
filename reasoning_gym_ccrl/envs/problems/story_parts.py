"""What the stories of word problems are made of: beats, wordings, names; the notation of the tables.

A story is a set of beats. A beat takes the running quantity from one state to another ("have" -> "share"), says so
in one sentence, and adds one or more calculations. A problem is a walk through the beats, so that two dozen stories
give a great many compositions. The notation:

- `{a}` and `{b}` are persons, `{n}` is a plural noun, `[0]`, `[1]` are this beat's numbers;
- a calculation reads "name = left operator right", operands being names of numbers, of earlier results of the walk,
  or `$`, the running quantity as the beat finds it; a beat's last name becomes the running quantity;
- `givens` names the beat's numbers and says what each may be:
  "few", "many", "lots": a whole number up to the setting of that name ("lots": up to max_value);
  "x10", "x12": a multiple of that number, up to five times `many`;
  "multiple": a multiple of what it is divided by, up to max_value;
  "fit", "fit many": few or many, such that every calculation of the beat comes out whole;
  "percent", "small percent", "part", "minutes": a percentage, a fraction or a usual length of time, such that every
  calculation of the beat comes out whole;
  "=60": a number of the world, such as minutes per hour, which the sentence does not state; these come last.

In plain wordings the words that tell a number's role come before the number where they differ from the rich ones, so
that a small model which reads from left to right can know what it reads. Names hold neither digits nor number words:
they are what the meta-thoughts (plans with no numbers) are made of.
"""

from __future__ import annotations

from dataclasses import dataclass

PERSONS = ("Tom", "Ann", "Sam", "Eva", "Leo", "Mia", "Ben", "Zoe", "Max", "Ida", "Raj", "Lin")
NOUNS = ("apples", "pens", "cards", "shells", "stamps", "books", "marbles", "coins", "plums", "beads")
UNSEEN_PERSONS = ("Nora", "Hugo", "Iris", "Omar", "Pia", "Theo", "Vera", "Yuki", "Amir", "Greta", "Jonas", "Sofia")
UNSEEN_NOUNS = ("pears", "pencils", "stickers", "pebbles", "badges", "comics", "buttons", "walnuts", "dolls", "kites")


@dataclass(frozen=True, slots=True)
class Wordings:
    """The ways to say one thing.

    Attributes:
        rich: the natural ones; drawn where a config's wordings are "rich".
        plain: those for a small model that reads from left to right; drawn where they are "plain".
        unseen: kept for the split `unseen_templates`, and drawn nowhere else.
    """

    rich: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()

    def pool(self, templates: str, wordings: str) -> tuple[str, ...]:
        """The wordings that a config's `templates` and `wordings` draw from."""
        if templates == "unseen":
            return self.unseen
        return self.plain if wordings == "plain" else self.rich


def said(*rich: str, unseen: tuple[str, ...], plain: tuple[str, ...] = ()) -> Wordings:
    """The sentences of a beat; those of the newer stories are rich and plain alike."""
    return Wordings(rich, plain or rich, unseen)


def asked(*plain: str, find: str, rich: tuple[str, ...] = ()) -> Wordings:
    """The questions of a beat; `find` is what they ask for as a noun, from which the further wordings are made.

    The rich ones begin with the plain ones, or with `rich` where the plain ones fit short stories alone.

    >>> asked("How old is {a}?", find="the age of {a}").unseen
    ('Work out the age of {a}.', 'Determine the age of {a}.')
    """
    whole = (*(rich or plain), f"What is {find}?", f"Find {find}.")
    return Wordings(whole, plain, (f"Work out {find}.", f"Determine {find}."))


@dataclass(frozen=True, slots=True, eq=False)  # by identity: they are keys of caches, and deep to compare
class Beat:
    """One sentence of a story and the calculations it adds; see the module's notation.

    Attributes:
        source: the states it may follow, separated by spaces; a story starts in the state "start".
        target: the state it leads to.
    """

    source: str
    target: str
    texts: Wordings
    givens: tuple[tuple[str, str], ...] = ()
    steps: tuple[str, ...] = ()
    asks: Wordings = Wordings()


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """A set of beats.

    Attributes:
        name: what `stories` in a config calls it.
        beats: its sentences and calculations; at least one starts in the state "start".
        asides: sentences about the same matter whose number is of no use.
        opening: a sentence without numbers that is told first where a config's wordings are "rich"; or "".
    """

    name: str
    beats: tuple[Beat, ...]
    asides: tuple[str, ...]
    opening: str = ""
