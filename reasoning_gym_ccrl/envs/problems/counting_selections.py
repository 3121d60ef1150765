"""Selections in words: sets, codes, outfits, committees and handshakes."""

from __future__ import annotations

from . import counting_parts as parts
from .counting_wordings import CODES, COMMITTEES, HANDSHAKES, WAYS, Choice
from .sketches import Wording

SELECTIONS: dict[str, Choice] = {
    "choose": Choice(
        parts.choose,
        (1,),
        Wording(
            seen=(
                "{person} picks {chosen} of {pool} different {thing}, in no particular order.",
                "{person} takes {chosen} {thing} out of {pool} different {thing}, and the order does not matter.",
                "{person} wants {chosen} of the {pool} different {thing} on a shelf and takes them all at once.",
                "A set of {chosen} {thing} is chosen by {person} from {pool} different {thing}.",
            ),
            unseen=(
                "{person} packs {chosen} of {pool} different {thing} into a box, no matter in which order.",
                "A group of {chosen} out of {pool} different {thing} is put together by {person}.",
            ),
            turned=(
                "Out of {pool} different {thing}, {person} picks {chosen}, in no particular order.",
                "From {pool} different {thing} a set of {chosen} is chosen by {person}.",
            ),
        ),
        WAYS,
    ),
    "code": Choice(
        parts.code,
        (1,),
        Wording(
            seen=(
                "{person} sets a code of {length} signs, each of which is one of {symbols} symbols, and symbols may "
                "repeat.",
                "A lock of {person} has {length} rings with {symbols} symbols on each ring, and any code can be set.",
                "{person} writes down a code that is {length} signs long, out of an alphabet of {symbols} signs that "
                "may be used again and again.",
                "A password of length {length} is made by {person} from {symbols} characters, with repeats allowed.",
            ),
            unseen=(
                "{person} types a code of {length} keys on a pad with {symbols} keys, and each key may be pressed more "
                "than once.",
                "A safe of {person} has {length} dials, each with {symbols} positions, and {person} picks a setting.",
            ),
            turned=(
                "On a pad with {symbols} keys {person} sets a code of {length} signs, and signs may repeat.",
                "From {symbols} characters, with repeats allowed, {person} makes a password of length {length}.",
            ),
        ),
        CODES,
    ),
    "plate": Choice(
        parts.plate,
        (3,),
        Wording(
            seen=(
                "{person} makes a label of {letter places} letters from an alphabet of {letters}, followed by {sign "
                "places} digits from a set of {signs}; repeats are allowed.",
                "A number plate for {person} starts with {letter places} letters out of {letters} and ends with {sign "
                "places} digits out of {signs}, and any of them may repeat.",
                "A login of {person} has {letter places} letters, each one of {letters}, and then {sign places} "
                "digits, each one of {signs}.",
                "{person} marks a parcel with {letter places} letters, chosen from {letters} with repeats, and then "
                "{sign places} digits, chosen from {signs} with repeats.",
            ),
            unseen=(
                "{person} invents a shelf mark: first {letter places} letters, from {letters} possible ones, then "
                "{sign places} digits, from {signs} possible ones, all with repeats.",
                "On a tag {person} stamps {letter places} letters out of {letters} and behind them {sign places} "
                "digits out of {signs}; nothing forbids repeats.",
            ),
            turned=(
                "From an alphabet of {letters} letters {person} takes {letter places} for a label, and from a set of "
                "{signs} digits {sign places} to follow them; repeats are allowed and the order matters.",
                "With {letters} letters and {signs} digits, all of which may repeat, {person} makes a label of {letter "
                "places} letters followed by {sign places} digits.",
            ),
        ),
        CODES,
    ),
    "outfit": Choice(
        parts.outfit,
        (1,),
        Wording(
            seen=(
                "{person} puts on a shirt out of {shirts}, trousers out of {trousers} pairs and a hat out of {hats}.",
                "{person} owns {shirts} shirts, {trousers} pairs of trousers and {hats} hats and wears one of each.",
                "From {shirts} shirts, {trousers} pairs of trousers and {hats} hats, {person} takes one of each kind.",
                "{person} has {shirts} shirts, {trousers} pairs of trousers and {hats} hats, and dresses in one of "
                "each.",
            ),
            unseen=(
                "The wardrobe of {person} holds {shirts} shirts, {trousers} pairs of trousers and {hats} hats, and an "
                "outfit is one of each.",
                "{person} combines one of {shirts} shirts with one of {trousers} pairs of trousers and one of {hats} "
                "hats.",
            ),
            turned=(
                "{person} puts on a hat out of {hats}, trousers out of {trousers} pairs and a shirt out of {shirts}.",
                "{person} owns {hats} hats, {trousers} pairs of trousers and {shirts} shirts and wears one of each.",
            ),
        ),
        WAYS,
    ),
    "pairs": Choice(
        parts.pairs,
        (2,),
        Wording(
            seen=(
                "At a party of {person} each of {people} guests shakes hands once with every other guest.",
                "{people} colleagues of {person} meet, and each shakes hands with each of the others once.",
                "In a room {person} sees {people} people who all shake hands with each other, once each.",
                "Each of {people} players in the club of {person} shakes hands exactly once with every other player.",
            ),
            unseen=(
                "{people} visitors of {person} greet each other, every one of them shaking hands once with all the "
                "others.",
                "A team of {people} people, watched by {person}, says goodbye: any who meet shake hands, once.",
            ),
        ),
        HANDSHAKES,
        joins=False,
    ),
    "committee": Choice(
        parts.committee,
        (3,),
        Wording(
            seen=(
                "{person} forms a committee of {women needed} women out of {women} and {men needed} men out of {men}.",
                "A committee with {women needed} of {women} women and {men needed} of {men} men is put together by "
                "{person}.",
                "{person} sends a team of {women needed} girls, out of {women}, and {men needed} boys, out of {men}, "
                "to a contest.",
                "For a jury {person} names {women needed} of {women} women and {men needed} of {men} men.",
            ),
            unseen=(
                "{person} invites {women needed} of {women} aunts and {men needed} of {men} uncles.",
                "A board gets {women needed} members from a list of {women} women and {men needed} members from a "
                "list of {men} men, and {person} picks them.",
            ),
            turned=(
                "{person} forms a committee of {men needed} men out of {men} and {women needed} women out of {women}.",
                "Out of {women} women {person} names {women needed}, and out of {men} men {men needed}, for a jury.",
            ),
        ),
        COMMITTEES,
    ),
    "mixed committee": Choice(
        parts.mixed_committee,
        (4,),
        Wording(
            seen=(
                "{person} forms a committee of {members} people out of {women} women and {men} men, with at least one "
                "woman on it.",
                "A committee of {members} is chosen by {person} among {women} women and {men} men, and not all of its "
                "members may be men.",
                "{person} names {members} delegates from {women} women and {men} men, at least one of the delegates "
                "being a woman.",
                "A team of {members} is put together by {person} from {women} girls and {men} boys, with one girl or "
                "more.",
            ),
            unseen=(
                "{person} picks {members} speakers out of {women} women and {men} men, but never men alone.",
                "A panel of {members} has to include a woman; {person} chooses it among {women} women and {men} men.",
            ),
            turned=(
                "Out of {women} women and {men} men, {person} forms a committee of {members} people with at least one "
                "woman on it.",
                "From {men} boys and {women} girls a team of {members} is put together by {person}, with one girl or "
                "more.",
            ),
        ),
        COMMITTEES,
    ),
}
