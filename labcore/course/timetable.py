"""Plans of lectures and labs: for one afternoon, for two weeks, for a term.

In a lecture somebody steps through attacks in front of the class; in a lab each student has the
notebooks, and works on the exercises of the chapters named.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labcore.errors import Named, unknown
from labcore.figures import Marked, table
from labcore.figures.lessons import Lesson, listed


@dataclass(frozen=True)
class Meeting:
    """A ``kind`` of meeting, how long it is in minutes, on which chapters, and what for."""

    kind: str
    minutes: int
    chapters: tuple[str, ...]
    aim: str


def lecture(chapters: str, aim: str, minutes: int = 90) -> Meeting:
    """A lecture on these chapters."""
    return Meeting("lecture", minutes, tuple(chapters.split()), aim)


def lab(chapters: str, aim: str, minutes: int = 90) -> Meeting:
    """A lab with the exercises of these chapters."""
    return Meeting("lab", minutes, tuple(chapters.split()), aim)


COURSES: Mapping[str, tuple[Meeting, ...]] = Named(
    "course",
    {
        "an afternoon": (
            lecture("03 05", "Four rules for one question, and why one of them prevailed"),
            lab("03 05", "Write the descendant policy; decide by pixels"),
        ),
        "two weeks": (
            lecture("01 02", "What an origin is, and what a user sees of a page in a page"),
            lecture("03 04 05", "Who may navigate whom, with the two attacks that decided it"),
            lab("03 05", "Write navigation policies, and find where they differ"),
            lecture("08 09", "Messages: who speaks, and who listens"),
            lecture("11 12", "Requests that carry the user's cookies, and opting in", 120),
            lab("09 12", "A handler that only the right sender can use; a server's CORS"),
        ),
        "a term": (
            lecture("01 02", "Origins, frames and what the user sees"),
            lab("01 02", "Origins of URLs; who may script whom"),
            lecture("03", "Four navigation policies"),
            lecture("04 05", "Two attacks on frames, and pixel delegation"),
            lab("03 05", "Navigation policies on every small browser"),
            lecture("06", "A channel behind the #"),
            lecture("07", "Handshakes that fail, and the one word that repairs them"),
            lab("06 07", "What a page that polls gets to see; a handshake repaired"),
            lecture("08 09", "postMessage, its checks, and its repair"),
            lab("08 09", "Handlers and target origins"),
            lecture("10", "A program that looks for attacks, and what “none” is worth"),
            lab("10", "A handshake that survives the search", 120),
            lecture("11", "Requests in the user's name, JSONP"),
            lecture("12", "CORS, framing, and the channels compared"),
            lab("11 12", "A site's own requests; a server's headers"),
            lecture("13", "Principals that pages choose"),
            lecture("14", "Labels that lie, and session integrity"),
            lab("13 14", "Who may join; one label for everybody"),
            lecture("15", "The browser of today, and the headers that stop an attack"),
            lab("15", "Replay the attacks in the browsers of the class", 120),
        ),
    },
)
"""Plans by how long they go on."""


def missing(course: Iterable[Meeting], lessons: Sequence[Lesson]) -> list[tuple[str, str]]:
    """Which chapters of a course come before a chapter that they need: (chapter, needed).

    Raises `UnknownName` for a chapter that does not exist.
    """
    needs = {each.number: each.needs for each in lessons}
    met, wanting = set[str](), []
    for meeting in course:
        for chapter in meeting.chapters:
            if chapter not in needs:
                raise unknown("chapter", chapter, needs)
            wanting += [(chapter, need) for need in needs[chapter] if need not in met]
            met.add(chapter)
    return wanting


def timetable(course: str, lessons: Sequence[Lesson]) -> Marked:
    """A course's meetings, one a line, with what students do at home. Raises `UnknownName`.

    At home they work through what a lecture was about, as far as no lab does it with them.
    """
    minutes = {each.number: each.minutes for each in lessons}
    in_lab = {x for each in COURSES[course] if each.kind == "lab" for x in each.chapters}
    rows = []
    for number, each in enumerate(COURSES[course], 1):
        home = [minutes[x] for x in each.chapters if each.kind == "lecture" and x not in in_lab]
        at_home = f"{sum(home)} min" if home else ""
        rows.append(
            (number, each.kind, f"{each.minutes} min", listed(each.chapters), each.aim, at_home)
        )
    return table(("", "what", "how long", "chapters", "what it is about", "at home"), rows)
