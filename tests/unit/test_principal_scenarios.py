"""Part V's attacks: every outcome under every setting, as the paper tells it, and the search.

Expected is what Cao et al. 2013 say (§I, §II and Figure 1; the text at hand ends there), and what
follows from the rules that `labcore.principals` gives for the rest. Session integrity is Akhawe et
al.'s (2010): nothing is done in a session on account of a request with the attacker among its
causes.
"""

import itertools
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from unit.attacks import losing
from unit.questions import everything, verdict

from labcore import PRESETS, SCENARIOS, Browser, Origin, Policies, World, find_attack, frame, step
from labcore import window as tab
from labcore.actions import (
    Call,
    Commit,
    CommRequest,
    Create,
    Deliver,
    Destroy,
    Embed,
    Fetch,
    Join,
    Load,
    Navigate,
    Open,
    PostMessage,
    Script,
    SetTimer,
    Submit,
    TimerFires,
    UserClicks,
)
from labcore.arrivals import _fetched
from labcore.http import Jar, Request, Response
from labcore.policies import COP, NAVIGATION, cookies
from labcore.policies.toggles import TOGGLES
from labcore.principals import label_of
from labcore.protocols import Fetches, Sends
from labcore.scenarios import CARELESS
from labcore.scenarios import principals as part_five
from labcore.scenarios.principals import ATTACKER_ROWS as _ROWS  # noqa: F401
