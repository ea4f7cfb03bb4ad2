"""To teach from the book: exams that the model answers, and timetables for a class.

`exam` draws questions by lot and lets the model answer them. `COURSES` are plans of lectures and
labs, `timetable` shows one beside the time that its chapters take. `regrade` runs what was handed
in.
"""

from labcore.course.exam import KINDS, Exam, Item, NotWritten, Question, exam
from labcore.course.regrade import regrade
from labcore.course.timetable import COURSES, Meeting, missing, timetable

__all__ = [
    "COURSES",
    "KINDS",
    "Exam",
    "Item",
    "Meeting",
    "NotWritten",
    "Question",
    "exam",
    "missing",
    "regrade",
    "timetable",
]
