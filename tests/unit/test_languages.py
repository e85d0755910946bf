"""A message in another language is recognised; an English one, however it is typed, is not."""
# ruff: noqa: RUF001 - the letters are those of other languages

from __future__ import annotations

import pytest

from kneewise import knowledge
from kneewise.languages import ENOUGH, is_wordless, language_of, says_nothing
from kneewise.replies import Writer

KB = knowledge.load()

FOREIGN = [
    ("es", "se me hinchó la rodilla ayer por la noche"),
    ("fr", "mon genou a gonflé après la course"),
    ("de", "seit gestern ist mein knie ganz dick"),
    ("it", "il ginocchio si è gonfiato dopo la corsa"),
    ("pt", "meu joelho está inchado desde ontem"),
    ("nl", "sinds gisteren is mijn knie opgezwollen"),
    ("pl", "od wczoraj kolano jest spuchnięte"),
    ("sv", "knät har varit svullet sedan igår"),
    ("da", "mit knæ har været hævet siden i går"),
    ("nb", "kneet mitt har vært hovent siden i går"),
    ("fi", "polvi on ollut turvoksissa eilisestä"),
    ("cs", "od včera mám oteklé koleno"),
    ("sk", "od včera mám opuchnuté koleno"),
    ("ro", "de ieri am genunchiul umflat"),
    ("hu", "tegnap óta duzzadt a térdem"),
    ("tr", "dünden beri dizim şiş"),
    ("hr", "koljeno mi je natečeno od jučer"),
    ("vi", "đầu gối tôi bị sưng từ hôm qua"),
    ("id", "lutut saya bengkak sejak kemarin"),
    ("hi", "कल से मेरा घुटना सूजा हुआ है"),
    ("hi", "kal se mera ghutna suja hua hai"),
    ("ru", "колено опухло со вчерашнего дня"),
    ("uk", "коліно опухло з учорашнього дня"),
    ("bg", "коляното ми е подуто от вчера"),
    ("el", "το γόνατό μου είναι πρησμένο από χθες"),
    ("ar", "ركبتي متورمة منذ أمس"),
    ("he", "הברך שלי נפוחה מאתמול"),
    ("zh", "从昨天起膝盖就肿了"),
    ("ja", "昨日から膝が腫れています"),
    ("ko", "어제부터 무릎이 부었어요"),
]
"""A sentence of each language: the knee has been swollen since yesterday."""


@pytest.mark.parametrize(("language", "text"), FOREIGN)
def test_a_language_is_recognised(language, text):
    assert language_of(text) == language
    assert language_of(text.upper()) == language


def test_every_language_has_a_sentence_here():
    assert {language for language, _ in FOREIGN} == set(KB.languages)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "manana no puedo correr"),
        ("fr", "ca fait mal derriere le genou"),
        ("de", "die uebung ist schoen, danke"),
        ("pl", "boli mnie przy bieganiu, co robic"),
        ("cs", "muzu zitra bezet"),
        ("tr", "kosarken dizim agriyor"),
        ("vi", "dau goi minh dau qua"),
        ("da", "knaeet goer ondt"),
    ],
)
def test_accents_may_be_left_out(language, text):
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "no",
        "my nee hrts wen i run",
        "teh kne is swolen n its hot",
        "cn i rn 2moro or nt",
        "is it aw right tae run the morra",
        "abeg wetin i go do for my knee",
        "I am José, my knee hurts",
        "Jürgen Müller",
        "Björn",
        "Nguyen",
        "vastus medialis",
        "genu valgum",
        "ibuprofen or voltaren",
        "ciao",
        "merci",
        "danke",
        "no bueno",
        "c'est la vie I guess",
        "hasta mañana my friend",
        "im prego 14 wks",
        "30 μg",
        "7/10",
        "3",
        "🦵🏃",
        "ok",
        "naïve question: is a café stop ok",
    ],
)
def test_english_is_english(text):
    assert language_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "my rodilla hurts when I run",
        "the doctor said it is a meniscus, 膝 I think",
        "my mother says tak tak but should I rest it",
        "I live in München, can I run there with a sore knee",
    ],
)
def test_english_with_words_of_another_language_is_english(text):
    assert language_of(text) is None


def test_a_language_that_is_not_in_the_file_is_not_guessed_by_its_script():
    assert language_of("เข่าของฉันเจ็บ") is None
    assert language_of("زانوی من درد می‌کند، چکار کنم") is None


def test_an_english_word_in_another_language_changes_nothing():
    assert language_of("ich habe seit dem run am Sonntag Schmerzen im Knie") == "de"
    assert language_of("ITBS怎么办") == "zh"


def test_a_word_repeated_proves_no_more():
    assert language_of("oi oi") is None
    assert language_of("ja ja ja ja") is None


@pytest.mark.parametrize("language", KB.languages)
def test_the_words_of_a_language_are_its_own(language):
    row = KB.languages[language]
    told = {*row.words, *row.weak}
    assert told & (KB.english | KB.shared_words) == set()
    assert row.words or row.script


@pytest.mark.parametrize("language", KB.languages)
def test_the_reply_is_in_the_language_and_names_the_number(language):
    reply = Writer(KB, KB.region("uk")).only_english(language)
    assert language_of(reply.text) == language
    assert "999" in reply.text
    assert (reply.topic, reply.urgency, reply.sources) == ("out_of_scope", None, ())


@pytest.mark.parametrize("region", KB.regions)
def test_only_the_number_stands_in_the_reply(region):
    text = Writer(KB, KB.region(region)).only_english("es").text
    number = KB.region(region).emergency.split()[0]
    assert number in text
    assert "(" not in text
    assert " or " not in text


@pytest.mark.parametrize(
    "text", ["", "🦵", "🏃‍♀️🦵😭", "👍", "???", "...", "asdfgh", "blorp snizzle", "เข่าของฉันเจ็บ"]
)
def test_signs_and_keys_say_nothing(text):
    assert says_nothing(text)


@pytest.mark.parametrize("text", ["", "🦵", "👍🏽", "?!", "เข่าของฉันเจ็บ"])
def test_signs_and_an_unknown_script_are_wordless(text):
    assert is_wordless(text)


@pytest.mark.parametrize("text", ["k", "3", "½", "🦵 left", "é"])
def test_a_letter_or_a_number_is_not_wordless(text):
    assert not is_wordless(text)


@pytest.mark.parametrize("text", ["7", "7/10", "🦵 knee", "no", "hw lng ice", "asdf my knee", "si"])
def test_a_number_or_a_known_word_says_something(text):
    assert not says_nothing(text)


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        ("my knee", "seit gestern ist mein knie ganz dick"),
        ("seit gestern ist mein knie ganz dick", "my knee hurts when I go down stairs, can I run?"),
        ("我跑步大概一年多了，一周三四次", "my knee hurts when I go down stairs, can I run?"),
        ("my knee hurts", "我跑步大概一年多了，一周三四次"),
    ],
    ids=range(4),
)
def test_of_a_long_message_the_beginning_is_looked_at(begins: str, goes_on: str):
    """However long a message is, it takes no longer."""
    beginning = begins.ljust(ENOUGH)
    assert language_of(begins) != language_of(goes_on)
    assert language_of(beginning + goes_on) == language_of(begins)
