"""The closed lists of English words by which a quantity's name is cut out of a sentence."""

from __future__ import annotations

import re


def words_in(text: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(text.split())


COPULAS = words_in("is are was were be been equals equal totals totaled totalled becomes became being = that's it's")
AUXILIARIES = words_in("will would can could must should may might has have had does do did to")
COSTS = words_in("cost costs costing")
WEIGHS = words_in("weigh weighs weighed weighing")

VERBS = COPULAS | AUXILIARIES | COSTS | WEIGHS | words_in(
    "has have had find finds found buy buys bought make makes made need needs needed get gets got take takes took "
    "pay pays paid spend spends spent sell sells sold eat eats ate read reads earn earns earned finish finished "
    "use uses used go goes went run runs ran work works worked reach complete completed give gives gave save "
    "saves saved add adds added start starts started drive drives drove decide decides decided travel travels "
    "traveled travelled cover covers covered walk walks walked hold holds held drink drinks drank see sees saw "
    "write writes wrote score scored scores collect collects collected feed feeds fed pick picks picked receive "
    "receives received carry carries carried raise raises raised lose loses lost clean cleans cleaned build "
    "builds built catch catches caught share shared divide divided split bring brings brought watch watches "
    "watched bake bakes baked plant planted plants play played plays want wants wanted know knows win wins won "
    "serve serves served produce produces produced put puts keep keeps kept order orders ordered deliver delivers "
    "delivered send sends sent rent rents rented charge charges charged lift lifts wear wears grow grows grew "
    "fill fills filled contain contains contained leave leaves increase increases increased decrease decreases "
    "decreased throw throws donate donates donated attend attended remove removed wash washed swim swims sleep "
    "sleeps slept come comes came visit visited chop consume consumes consumed yield yields return returned drop "
    "dropped contribute contributed become count counted counts averaged averages gain gained gains require "
    "requires burn burns burned live lives climb climbed jump jumps jumped stay stays fit fits mow mowed ride "
    "rides rode hit place placed download downloaded calculate subtract multiply means mean leaving give lend "
    "lent borrow borrowed receive owe owes owed invite invited hire hired hires draw drew draws paint painted "
    "paints sew sewed knit knits answered answer passed pass shoot shot think think lay lays laid charging "
    "removing bought brings stole steals leak leaks leaked retire retired deposit deposited withdraw withdrew "
    "invest invested gathered gather harvest harvested sharpen type types typed practice practices study studies "
    "studied exercise bikes biked hike hiked hikes fly flew tied cut cuts washes fold folds packed packs pack "
    "melted melt allows allow"
)  # fmt: skip

PREPOSITIONS = words_in(
    "in on at for from to by with during after before into onto over under through between among within without "
    "per about around across against toward towards than as until upon out off up down since despite except via"
)
DETERMINERS = words_in("a an the his her their its my our your this that these those each every some any all both no")
PRONOUNS = words_in(
    "he she they it we you i him her them us me there who which that this those himself herself themselves"
)
CONJUNCTIONS = words_in("and but so because since if when while then or which where that although as once")
FILLERS = words_in(
    "only about exactly just approximately around up another additional extra an a the total already nearly "
    "almost altogether also now currently still even least roughly initially originally then therefore thus "
    "hence so overall full"
)
OPENERS = words_in(
    "so then thus therefore hence finally now and that also first next if when since because as but or while "
    "where after before well lastly overall altogether again meanwhile similarly however hence, still once let's "
    "adding which subtracting multiplying dividing assume assuming assumes second secondly accordingly "
    "consequently per in on at for from with by of to last after"
)
ADVERBS = words_in(
    "currently normally usually originally initially together altogether excluding including across overall "
    "instead today yesterday yes combined alone likewise afterwards later eventually similarly additionally"
)
COMPARATIVES = words_in(
    "older younger taller shorter longer heavier lighter faster slower higher lower farther further more less "
    "fewer cheaper away late early behind ahead bigger smaller larger wider deeper past over under above below "
    "old long tall high wide deep"
)
SAYING = tuple(
    tuple(words.split(" "))
    for words in (
        *("this means", "that means", "which means", "it means", "means", "meaning", "this is", "in total", "in all"),
        *("in the end", "we know", "it follows", "that", "this leaves", "that leaves", "which leaves"),
    )
)
SPLITTERS = words_in(
    "because since if when while so but then although leaving meaning which where whereas after before until"
)
NOUN_ENDS = (
    VERBS - words_in(
    "work cost count score mean shot total rent cover drink practice plant plants exercise type types orders "
    "share shares pack packs cut lives cuts answers play plays return visit visits jumps jump change pass place "
    "drops lays"
)
) | PREPOSITIONS | PRONOUNS | CONJUNCTIONS | words_in(
    "each every a an the left remaining altogether total more less fewer apiece combined together again away back "
    "here how what last next past already still now every his her their its all both not only ago later earlier "
    "old long tall high wide deep heavier longer taller older younger worth today yesterday tomorrow currently "
    "overall alone instead also too either daily weekly"
)  # fmt: skip
ABSTRACT = words_in(
    "number total cost costs price amount age length width area volume perimeter time distance salary fee rate "
    "speed weight height sum difference average bill value revenue profit income earnings discount tax tip "
    "percentage fraction rent savings balance population ratio score capacity share budget pay interest expenses "
    "wage count remainder rest worth money change loss payment expense sales temperature depth size duration "
    "quantity product circumference radius diameter allowance spending commission bonus debt reduction increase "
    "decrease raise"
)
POSSESSIVE = {"he": "his", "she": "her", "they": "their", "it": "its", "we": "our", "i": "my", "you": "your"}
POSSESSIVES = words_in("his her their its my our your")
PARTICIPLES = words_in(
    "sold made bought left spent cut drawn eaten given taken caught built worn won lost read kept paid stolen "
    "broken driven written thrown grown born done gone run hit put sent brought taught found held remaining"
)
BARE = words_in(
    "dollars dollar cents pounds pound mb gb oz ounces mph feet foot ft inches inch miles mile km kilometers "
    "meters cm grams mg kg kilograms degrees gallons liters percentage fraction number times points units price "
    "cost weight value total amount age"
)
"""Alone, these say nothing of a quantity."""

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|=")


def words_of(text: str) -> list[str]:
    """The words of a text, without signs; "=" stays, as it stands for "is"."""
    return _WORD.findall(text)


def singular(word: str) -> str:
    """One of them: "boxes" -> "box". Wrong for words that no rule knows.

    >>> singular("cookies"), singular("boxes"), singular("shirts"), singular("glass"), singular("parties")
    ('cookie', 'box', 'shirt', 'glass', 'party')
    """
    lower = word.lower()
    if lower in _IRREGULAR:
        return _IRREGULAR[lower]
    if lower.endswith("ies") and len(lower) > 5 and lower != "cookies" and not lower.endswith(("okies", "vies")):
        return word[:-3] + "y"
    if lower.endswith(("xes", "shes", "ches", "sses", "zes")):
        return word[:-2]
    if lower.endswith("s") and not lower.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "feet": "foot", "mice": "mouse",
    "geese": "goose", "knives": "knife", "loaves": "loaf", "leaves": "leaf", "shelves": "shelf", "halves": "half",
    "teeth": "tooth", "potatoes": "potato", "tomatoes": "tomato", "wives": "wife", "calves": "calf", "pies": "pie",
}  # fmt: skip
