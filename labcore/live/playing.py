"""A replay from Start to end: the scenario's steps, each done in the browser beside the model."""

import asyncio
import atexit
import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from labcore.actions import Commit, Deliver, Event, PostMessage, Script
from labcore.answers import Attack
from labcore.errors import WrongValue, shown
from labcore.http import Headers, Response
from labcore.live import documents
from labcore.live.addresses import Addresses, NotReplayable, is_served
from labcore.live.performing import NoAnswer, Outcome, perform
from labcore.live.possible import asked, rules_for, why_not, why_not_steps
from labcore.live.record import Replayed, Row, browser_of, rows_of
from labcore.live.server import Server, control_place
from labcore.live.stage import BOUND_S, Errand, Stage, Thrown
from labcore.policies import Policies
from labcore.policies.toggles import policies_of
from labcore.scenarios import Scenario, Step, Trace
from labcore.world import World

WAIT_S, LIMIT_S = 600.0, 300.0
"""How long a replay waits to be started, and how long it may take."""

LOADING_S = 0.2
"""How much longer the first pages may take for each frame in them."""

DESERTED_S = 6.0
"""How long no page may be there. A page that nobody looks at asks about every second."""

OF_THE_MODEL = frozenset(
    {"secrets", "run to completion", "no such frame", "no such script", "the bound"}
)
"""What is refused before any browser is asked."""

KEPT_BACK = "it is kept back until the frame has been navigated: the attacker wins the race"

HANDS_OFF = "the browser has gone another way before"


class Replay:
    """A replay that waits to be started, runs, or is over.

    ``url`` is the page to open in a browser on this machine. ``on_change`` is called, in another
    thread, whenever there is something new.
    """

    def __init__(
        self,
        scenario: Scenario,
        moves: tuple[Event, ...] | None,
        policies: Policies | None,
        pages: Policies,
        pace_s: float,
    ) -> None:
        self.scenario, self.moves, self.policies, self.pages = scenario, moves, policies, pages
        self.pace_s, self.state, self.problem, self.browser = pace_s, "waiting", "", ""
        self.trace: Trace | None = None
        self.rows: list[Row] = []
        self.on_change: Callable[[], None] = lambda: None
        self._over = threading.Event()
        self._server = Server()
        addresses = Addresses(secrets.token_urlsafe(16), self._server.ports)
        try:
            self._play = Playing(self, addresses)
        except NotReplayable:
            self._server.close()
            raise
        self.url = f"http://{control_place(addresses)}/{addresses.token}/-/"
        self._server.start(self._play)
        self._timer = threading.Timer(WAIT_S, self.close, ["nobody has started it"])
        self._timer.daemon = True
        self._timer.start()

    def told(self, browser: str) -> Trace:
        """The scenario in the model, if it is ``browser`` that opens the link."""
        policies = self.policies or rules_for(browser, self.pages)
        return self.scenario.run(policies, self.moves)

    @property
    def result(self) -> Replayed:
        """What has come of it so far."""
        trace = self.trace
        policies = trace.policies if trace else self.policies or self.pages
        verdict = trace.verdict if trace and self.state == "over" else ""
        words = policies.preset or policies.where(self.scenario.toggles)
        name, title = self.scenario.name, self.scenario.title
        browser = self.browser or "no browser"
        rows, succeeded = tuple(self.rows), bool(trace and trace.succeeded)
        return Replayed(name, title, words, browser, rows, verdict, succeeded, self.problem)

    def wait(self, timeout_s: float = LIMIT_S) -> Replayed:
        """Wait until it is over, and say what came of it."""
        if not self._over.wait(timeout_s):
            self.close(f"it was not over within {timeout_s:g} s")
        return self.result

    def close(self, problem: str = "it was stopped") -> None:
        """End it. Nothing that it has opened listens any more."""
        if not self._over.is_set():
            self.problem = problem
        self._end()

    def _end(self) -> None:
        if self.state != "over":
            self.state = "over"
            self._over.set()
            self._timer.cancel()
            self.on_change()
        self._server.close()

    def __repr__(self) -> str:
        if self.state == "over":
            return str(self.result)
        return f"A replay of “{self.scenario.title}”: run this notebook to see it in your browser."

    def _repr_mimebundle_(self, **options: Any) -> Any:
        from labcore.live.view import View

        bundle: Any = View(self)._repr_mimebundle_(**options)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/plain": repr(self)}, metadata


class Playing(Stage):
    """The stage with the plot: what happens from Start to the end."""

    def __init__(self, replay: Replay, addresses: Addresses) -> None:
        policies = replay.policies or rules_for("Chromium", replay.pages)
        start = replay.scenario.starts(policies)
        super().__init__(start, policies, addresses)
        self.replay = replay
        browser = replay.scenario.start.browser  # whoever is parted from whom by then
        self.tops = [each for each in browser.windows if browser.frame(each).opener is None]
        for label in browser.labels:
            if is_served(browser.document(label).url):
                addresses.of(browser.document(label).url, 0)
        self.windows = {each: self.errand(each, browser.document(each).url) for each in self.tops}
        self.cookies = self._cookies()
        self.task: asyncio.Task[None] | None = None
        self.has_told = self.by_itself = False
        self.asked_at = 0.0

    # --- for the server ---

    def control_page(self) -> str:
        """The page with the button."""
        scenario = self.replay.scenario
        places = list(self.cookies)
        first = f"http://{places[0]}/{self.addresses.token}/-/seed/0" if places else ""
        windows = {each: self.address(number) for each, number in self.windows.items()}
        if first:
            windows[self.tops[0]] = first
        return documents.control(self.addresses.token, scenario.title, scenario.story, windows)

    def _cookies(self) -> dict[str, list[str]]:
        """The lines that set the cookies that the browser has at the start, by host and port."""
        lines: dict[str, list[str]] = {}
        for cookie in self.start.jar:
            line = f"{cookie}; Path={cookie.path}"
            line += "" if cookie.host_only else f"; Domain={cookie.domain}"
            line += "; Secure" if cookie.secure else ""
            line += "; HttpOnly" if cookie.http_only else ""
            line += f"; SameSite={cookie.same_site}" if cookie.same_site else ""
            url = f"https://{cookie.domain}/"
            known = (str(origin) for origin, _ in self.start.servers)
            url = next((each for each in known if each.endswith(f"//{cookie.domain}")), url)
            place = self.addresses.of(url, 0).split("/")[2]
            lines.setdefault(place, []).append(self.cookie_line(line))
        return lines

    def seeds(self, place: int) -> Response:
        """The cookies of one host; then on to the next, and to the first window's page."""
        places = list(self.cookies)
        if place >= len(places):
            return Response(404)
        token = self.addresses.token
        following = self.address(self.windows[self.tops[0]])
        if place + 1 < len(places):
            following = f"http://{places[place + 1]}/{token}/-/seed/{place + 1}"
        lines = [("Set-Cookie", each) for each in self.cookies[places[place]]]
        return Response(303, Headers([*lines, ("Location", following)]))

    def begun(self, user_agent: str, by_itself: bool) -> None:
        """The reader has pressed Start; or the page has begun ``by_itself``, as its URL says."""
        if self.task is None:
            self.replay._timer.cancel()
            self.by_itself, self.asked_at = by_itself, asyncio.get_running_loop().time()
            self.replay.browser = browser_of(user_agent)
            self.task = asyncio.get_running_loop().create_task(self._run())

    def progress(self) -> dict[str, Any]:
        """For the control page."""
        replay, self.asked_at = self.replay, asyncio.get_running_loop().time()
        blocked = {
            label: self.address(number)
            for label, number in self.windows.items()
            if not self.errands[number].arrived
        }
        result = replay.result
        said = result.in_short if replay.state == "over" else ""
        if said:
            self.has_told = True
            asyncio.get_running_loop().call_later(0.1, self.changed)
        return {
            "state": replay.state,
            "blocked": blocked,
            "rows": rows_of(result),
            "said": said,
            "wanted": self.wanted,
        }

    # --- the plot ---

    async def _run(self) -> None:
        replay = self.replay
        play = asyncio.ensure_future(self._play())
        try:
            async with asyncio.timeout(LIMIT_S):
                while not (await asyncio.wait([play], timeout=1))[0]:
                    if self._is_deserted():
                        raise NoAnswer("the browser, or all of its windows, have been closed")
                play.result()
        except TimeoutError:
            replay.problem = f"it took more than {LIMIT_S:g} s"
        except (NoAnswer, NotReplayable) as error:
            replay.problem = str(error)
        except Exception as error:  # or nobody would hear of it
            replay.problem = f"the replay failed: {type(error).__name__}: {error}"
        play.cancel()
        said = replay.result.in_short if replay.problem else "The replay is over."
        for label in self.start.browser.windows:
            self.say(label, said, "end")
        for top in self.start.browser.windows if self.by_itself else ():
            with suppress(NoAnswer, Thrown):
                await self.ask(top, "close")
        replay.state = "over"
        replay.on_change()
        with suppress(NoAnswer):
            await self.until(lambda: self.has_told, "question from the page that began it", 2)
        replay._over.set()
        replay._timer.cancel()
        threading.Thread(target=replay._server.close, daemon=True).start()

    def _is_deserted(self) -> bool:
        """Whether no page is open any more: not even the one that asks how far it is."""
        return not self.lines and asyncio.get_running_loop().time() - self.asked_at > DESERTED_S

    async def _play(self) -> None:
        replay = self.replay
        replay.trace = replay.told(replay.browser)
        if (no := why_not_steps(replay.trace)) is not None:
            raise NotReplayable(no)
        replay.state = "running"
        replay.on_change()
        self.start = self.expected = replay.scenario.starts(replay.trace.policies)
        await self._open()
        world, lost, steps = self.start, False, replay.trace.steps
        late = posted_late(steps)
        for number, step in enumerate(steps):
            if lost:
                outcome = Outcome(None, HANDS_OFF)
            elif number in late.values():
                outcome = Outcome(None, KEPT_BACK)
            else:
                if number in late:
                    await self._step(world, steps[late[number]])
                outcome = await self._step(world, step)
            row = compared(step, outcome)
            self._note(step, outcome)
            lost = lost or row.agrees is False
            replay.rows.append(row)
            replay.on_change()
            world = step.world
            await asyncio.sleep(replay.pace_s)

    def _note(self, step: Step, outcome: Outcome) -> None:
        """Write into the page that does something, or to which it happens, what has come of it."""
        kind = {True: "allowed", False: "refused", None: "done"}[outcome.allowed]
        where = next(
            (each for each in (getattr(step.event, "actor", ""), getattr(step.event, "target", ""))
             if each in self.shows),
            "",
        )  # fmt: skip
        self.say(where, f"{step.event}" + (f": {kind}" if kind != "done" else ""), kind)

    async def _open(self) -> None:
        """Wait for all documents; the windows that pages open are opened by them."""
        browser = self.replay.scenario.start.browser
        for label in self.tops:
            await self.until(
                partial(_has_arrived, self.errands[self.windows[label]]),
                f"window for {label}: press Start, and open by hand what was held back",
                WAIT_S,
            )
        for label in browser.windows:
            opener = browser.frame(label).opener
            if opener is not None:
                await self._there(opener)
                number = self.errand(label, browser.document(label).url)
                await self.open(opener, label, self.address(number), browser.frame(label).name)
        for label in browser.labels:
            await self._there(label)

    async def _there(self, label: str) -> None:
        document = self.start.browser.document(label)
        if not is_served(document.url):
            return
        bound_s = LOADING_S * len(self.start.browser) + BOUND_S
        await self.until(lambda: label in self.shows, f"document in {label}", bound_s)
        if self.has_agent(self.start.browser, label):
            await self.ask(label, "loaded", bound_s)
            for where, secret in sorted(self.start.typed):
                if where == label:
                    await self.ask(label, "type", text=secret)

    async def _step(self, world: World, step: Step) -> Outcome:
        decision = step.decision
        if not decision and decision.rule in OF_THE_MODEL:
            return Outcome(None, "no browser is asked")
        actor = getattr(step.event, "actor", "")
        if actor in world.browser and not self.has_agent(world.browser, actor):
            shown = self.shown(actor)  # a line is there only if a script has made it
            runs = shown is not None and shown.line is not None
            return Outcome(runs, f"{'a' if runs else 'no'} script of {actor} runs")
        return await perform(self, world, step)


def posted_late(steps: Sequence[Step]) -> dict[int, int]:
    """The messages whose receiver is navigated before they are dispatched: (dispatched, posted).

    A browser dispatches at once, so in a replay the sender is late instead. Nothing changes for who
    receives: the target origin is compared with the document that is there by then.
    """
    late: dict[int, int] = {}
    waiting: list[tuple[int, str]] = []
    for number, step in enumerate(steps):
        event = step.event.run if isinstance(step.event, Script) else step.event
        if isinstance(event, PostMessage) and step.decision:
            waiting.append((number, event.target))
        elif isinstance(event, Deliver):
            first = next((each for each in waiting if each[1] == event.target), None)
            if first is None:
                continue
            waiting.remove(first)
            between = (each.event for each in steps[first[0] : number])
            if Commit(event.target) in between:
                late[number] = first[0]
    return late


def _has_arrived(errand: Errand) -> bool:
    return errand.arrived


def compared(step: Step, outcome: Outcome) -> Row:
    """The model's decision and the browser's."""
    decision = step.decision
    agrees = None
    if outcome.allowed is not None:
        agrees = outcome.allowed == bool(decision) and not outcome.unlike
    said = f"{outcome.text}; {outcome.unlike}" if outcome.unlike else outcome.text
    if outcome.allowed is not None:
        said = f"{'allowed' if outcome.allowed else 'refused'}: {said}"
    return Row(str(step.event), str(decision), bool(decision), said, agrees)


_running: list[Replay] = []


def begin(
    scenario: Scenario | Attack | str,
    plan: Iterable[Event] | Attack | None = None,
    policies: Policies | str | None = None,
    pages: Policies | None = None,
    pace_s: float = 0.5,
) -> Replay:
    """A replay that waits for a browser to open its ``url``; the one before it is ended.

    The parameters are those of `labcore.live.replay`, and so are the errors.
    """
    told, moves, chosen = asked(scenario, plan, policies)
    if isinstance(pace_s, bool) or not isinstance(pace_s, int | float) or not 0 <= pace_s <= 60:
        raise WrongValue(f"pace_s is a number of seconds from 0 to 60, not {shown(pace_s)}")
    choices = policies_of(pages)
    if (no := why_not(told, moves, chosen or rules_for("Chromium", choices))) is not None:
        raise NotReplayable(f"{told.name!r} cannot be replayed: {no}")
    stop("another one has begun; run this cell again to see this one")
    _running.append(Replay(told, moves, chosen, choices, pace_s))
    return _running[-1]


@atexit.register
def stop(problem: str = "it was stopped") -> None:
    """End the replay that waits or runs, if one does; ``problem`` says why."""
    while _running:
        _running.pop().close(problem)
