"""The quiz, driven by its traits."""

import nbformat
import pytest
import traitlets

from labcore.exercises import progress, reset_progress
from labcore.widgets import BadQuestion, Question, Quiz


@pytest.fixture(autouse=True)
def fresh_session():
    reset_progress()
    yield
    reset_progress()


def question(text="Who may navigate `maps`?", objective=2):
    wrong = {"`ad`": "It is a neighbour.", "`bank`": "It is in another window."}
    return Question(text, "`portal`", "It contains `maps`.", wrong, objective)


def at(quiz, number, right):
    options = quiz.questions[number]["options"]
    return next(i for i, each in enumerate(options) if each["right"] is right)


def test_every_answer_has_its_explanation_and_one_is_right():
    (shown,) = Quiz(question()).questions
    assert {each["text"]: each["why"] for each in shown["options"]} == {
        "`portal`": "It contains `maps`.",
        "`ad`": "It is a neighbour.",
        "`bank`": "It is in another window.",
    }
    assert [each["right"] for each in shown["options"]].count(True) == 1


def test_answers_are_shuffled_the_same_way_for_everybody():
    first, second = question(), question()
    assert first.options == second.options
    places = {
        Quiz(question(f"Question {n}?")).questions[0]["options"].index(option)
        for n in range(20)
        for option in question(f"Question {n}?").options
        if option["right"]
    }
    assert places == {0, 1, 2}


def test_the_score_counts_first_tries_only():
    quiz = Quiz(question(), question("And who else?"), question("Who not?"))
    assert quiz.score == 0
    right, wrong = at(quiz, 0, True), at(quiz, 1, False)
    quiz.answers = [[right], [wrong, at(quiz, 1, True)], []]
    assert quiz.score == 1


def test_impossible_answers_are_refused():
    quiz = Quiz(question())
    for answers in ([[3]], [[-1]], [["0"]], [[0], [0]], []):
        with pytest.raises(traitlets.TraitError):
            quiz.answers = answers
    assert quiz.answers == [[]]


def test_an_objective_is_met_once_all_its_questions_are_answered():
    quiz = Quiz(question("1?", 1), question("2?", 1), question("3?", 4), chapter="03")
    quiz.answers = [[at(quiz, 0, True)], [at(quiz, 1, False)], []]
    assert not progress("03").objectives[0].met
    quiz.answers = [[at(quiz, 0, True)], [at(quiz, 1, False), at(quiz, 1, True)], []]
    assert [each.met for each in progress("03").objectives] == [True, *[False] * 4]


def ask(text="Who?", right="a", because="yes", wrong=None, objective=None):
    return Question(text, right, because, {"b": "no"} if wrong is None else wrong, objective)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ask(wrong={}), "needs wrong answers"),
        (lambda: ask(wrong=["b"]), "needs wrong answers"),
        (lambda: ask(wrong={"A ": "no"}), "has the answer 'A ' twice"),
        (lambda: ask(text=" "), "the text of ' ' is empty"),
        (lambda: ask(right=""), "the right answer of 'Who\\?' is empty"),
        (lambda: ask(because=""), "the because of 'Who\\?' is empty"),
        (lambda: ask(wrong={"b": ""}), "the explanation of 'b' of 'Who\\?' is empty"),
        (lambda: ask(wrong={"": "no"}), "is empty"),
        (lambda: ask(right=3), "is empty|is no text"),
        (lambda: ask(objective=0), "from 1 up, not 0"),
        (lambda: Quiz(), "at least one question"),
        (lambda: Quiz("Who?"), "made of questions"),
    ],
)
def test_a_malformed_question_is_refused_with_the_reason(make, message):
    with pytest.raises(BadQuestion, match=message):
        make()


def test_what_nbval_compares_is_the_same_each_time():
    (first, _), (second, _) = (Quiz(question())._repr_mimebundle_() for _ in "ab")
    for kind in ("text/plain", "text/html"):
        assert first[kind] == second[kind]
    assert set(first) == {
        "text/plain",
        "text/html",
        "application/vnd.jupyter.widget-view+json",
    }
    nbformat.v4.new_output("display_data", first)


def test_the_plain_text_asks_the_questions():
    assert repr(Quiz(question())).startswith(
        "A quiz: run this notebook to answer it.\n1. Who may navigate `maps`?\n   a) "
    )


def test_without_a_widget_every_answer_unfolds_to_its_explanation():
    html = Quiz(question("Is <b> safe?"))._repr_mimebundle_()[0]["text/html"]
    assert html.count("<details>") == 3
    assert "Is &lt;b&gt; safe?" in html
    assert "<summary><code>ad</code></summary><p>✗ No. It is a neighbour.</p>" in html
    assert "✓ Right. It contains <code>maps</code>." in html
