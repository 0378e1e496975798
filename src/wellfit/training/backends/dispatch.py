"""Hands tasks to a pool of other processes, a chunk at a time, and sees that all of them come back.

A chunk is some tasks that one worker does in a row: so many that sending them costs little beside training them, and so few that
the workers end at about the same time. A worker that dies costs its chunk's time; one that hangs, nothing: when others have nothing
left to do, they get a copy of what it has, and whichever copy comes first counts, for the bits are the same.
"""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

from wellfit.engines.types import Engine
from wellfit.errors import ClusterError
from wellfit.plurals import counted
from wellfit.training.backends.parcels import Cargo, unpack_results
from wellfit.training.result import FitResult
from wellfit.training.task import Task

__all__ = ["Dispatch", "Killed", "Lost", "News", "Pool"]

SECONDS_BETWEEN_LOOKS = 0.1
# What a chunk is to take: a hundred times what sending it does, and still short beside a round; towards the end less, so that all
# workers end together.
SECONDS_A_CHUNK = 0.25
LEAST_SECONDS_A_CHUNK = 0.05
# After `should_stop`, how long to wait for what was under way.
SECONDS_TO_END = 1.0
# A chunk that takes longer than this, and than twice what was to be expected, is given to an idle worker as well.
LEAST_PATIENCE = 1.0
PATIENCE_WITHOUT_EXPERIENCE = 5.0
MOST_COPIES = 3
# A network that killed a worker may kill the next, and two copies take twice the memory: it is waited for this many times as long.
CAUTION = 4.0
# Payload from which a chunk takes no more tasks: states of large networks.
MOST_BYTES = 4_000_000
MOST_KILLS = 3
MOST_LOSSES = 10


class Killed(Exception):
    """The worker that had a chunk died.

    Parameters
    ----------
    times : int
        How many workers did.
    """

    def __init__(self, times: int = 1) -> None:
        super().__init__(times)
        self.times = times


class Lost(Exception):
    """A chunk came to nothing through no fault of its own."""


class News(NamedTuple):
    """What became of one copy of a chunk.

    Parameters
    ----------
    copy : int
        Its number.
    outcome : bytes or BaseException
        Packed results; `Killed`; `Lost`; or what went wrong in it.
    """

    copy: int
    outcome: bytes | BaseException


class Pool(Protocol):
    """Other processes that train; `close` comes last, whatever happened before."""

    news: queue.SimpleQueue[News]

    def slots(self) -> int:
        """Return how many networks it trains at once, at present; 0 while it cannot be reached."""
        ...

    def idle(self) -> int:
        """Return how many of the slots have nothing to do."""
        ...

    def share(self, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """See to it that every worker can have these arrays, and return whether it can; those shared before are not sent again."""
        ...

    def submit(self, copy: int, payload: bytes, names: list[str], apart_from: Sequence[int]) -> None:
        """Have a chunk trained, not where those other copies of it are."""
        ...

    def stop(self) -> None:
        """Tell all workers to end what they are at, and to begin no more."""
        ...

    def lost(self) -> str:
        """Return what has gone away for good, in a sentence; empty while nothing has."""
        ...

    def close(self) -> None:
        """Give up what is still under way."""
        ...


@dataclass(eq=False)
class _Chunk:
    """Some tasks that one worker does in a row.

    Parameters
    ----------
    places : list of int
        Which.
    copies : list of int
        The copies of it that are under way.
    sent : float
        When the last of them was.
    deaths : int
        Copies whose worker died.
    """

    places: list[int]
    copies: list[int] = field(default_factory=list)
    sent: float = 0.0
    deaths: int = 0


class Dispatch:
    """One run.

    Parameters
    ----------
    tasks : sequence of Task
        What to train.
    engine : Engine
        What computes.
    pool : Pool
        Who does it.

    Attributes
    ----------
    results : dict of int to FitResult
        What was trained, by place in `tasks`.
    lost : str
        From `Pool.lost`, if the run ended by that.
    """

    def __init__(self, tasks: Sequence[Task], engine: Engine, pool: Pool) -> None:
        self.tasks, self.pool = tasks, pool
        self.cargo = Cargo(tasks, engine)
        self.results: dict[int, FitResult] = {}
        self.lost = ""
        self._todo: deque[int] = deque(range(len(tasks)))
        # Tasks whose worker died go alone, so that those beside them are not blamed; after the second time, last and one by one.
        self._alone: deque[int] = deque()
        self._suspects: deque[int] = deque()
        self._kills: dict[int, int] = {}
        self._losses: dict[int, int] = {}
        self._under_way: dict[int, _Chunk] = {}
        self._copies_made = 0
        self._is_shared = False
        self._seconds_each: float | None = None
        self._on_result: Callable[[int, FitResult], None] | None = None

    def run(
        self,
        on_result: Callable[[int, FitResult], None] | None,
        should_stop: Callable[[], bool] | None,
        on_interrupt: Callable[[], None],
    ) -> None:
        """Do all tasks, or as many as there is time for.

        Parameters
        ----------
        on_result, should_stop, on_interrupt : callable
            As in `run_tasks`.

        Raises
        ------
        ClusterError
            If a task keeps killing its worker, or keeps being lost.
        """
        self._on_result = on_result
        try:
            try:
                self._go(should_stop)
            except KeyboardInterrupt:
                on_interrupt()
                self._end()
        except BaseException:
            self.pool.stop()
            raise
        finally:
            self.pool.close()

    def _go(self, should_stop: Callable[[], bool] | None) -> None:
        """Send chunks and take results until there are no more."""
        while len(self.results) < len(self.tasks):
            self._send()
            self._take(SECONDS_BETWEEN_LOOKS, take_up_again=True)
            if should_stop is not None and should_stop():
                self._end()
                return
            self.lost = self.pool.lost()
            if self.lost:
                return
            self._help_stragglers()

    def _end(self) -> None:
        """Have everything end soon, and take what comes until then."""
        self.pool.stop()
        end = time.perf_counter() + SECONDS_TO_END
        while self._under_way and (left := end - time.perf_counter()) > 0:
            self._take(min(left, SECONDS_BETWEEN_LOOKS), take_up_again=False)

    # === Sending ===

    def _send(self) -> None:
        """Keep a chunk a slot under way, and one that waits so that the worker need not, unless it would wait for long."""
        slots = self.pool.slots()
        if not slots:
            return
        self._is_shared = self._is_shared or self.pool.share(self.cargo.arrays)
        if not self._is_shared:
            return
        is_short = self._seconds_each is not None and self._seconds_each < 2 * SECONDS_A_CHUNK
        while len(self._under_way) < (2 if is_short else 1) * slots and (self._alone or self._todo):
            self._submit(_Chunk([self._alone.popleft()] if self._alone else self._next(slots)))
        if self._suspects and not self._under_way:
            self._submit(_Chunk([self._suspects.popleft()]))

    def _next(self, slots: int) -> list[int]:
        """Take the places of the next chunk."""
        count = 1
        if self._seconds_each is not None:
            most, least = (int(seconds / max(self._seconds_each, 1e-6)) for seconds in (SECONDS_A_CHUNK, LEAST_SECONDS_A_CHUNK))
            count = max(min(most, len(self._todo) // (2 * slots)), least)
        places, size = [self._todo.popleft()], self._weight()
        while self._todo and len(places) < count and size < MOST_BYTES:
            places.append(self._todo.popleft())
            size += self._weight()
        return places

    def _weight(self) -> int:
        """Return the bytes that the next task brings beyond its tables."""
        if not self._todo:
            return 0
        task = self.tasks[self._todo[0]]
        given = 0 if task.parameters is None else task.parameters.nbytes
        return given if task.state is None else 4 * task.state.parameters.nbytes

    def _submit(self, chunk: _Chunk) -> None:
        """Send a chunk, or one more copy of it."""
        copy = self._copies_made = self._copies_made + 1
        others = list(chunk.copies)
        chunk.copies.append(copy)
        chunk.sent = time.perf_counter()
        self._under_way[copy] = chunk
        self.pool.submit(copy, *self.cargo.chunk(chunk.places), others)

    def _help_stragglers(self) -> None:
        """Give what takes longer than expected to workers that have nothing left to do as well."""
        if self._todo or self._alone or not self._under_way:
            return
        each = PATIENCE_WITHOUT_EXPERIENCE if self._seconds_each is None else self._seconds_each
        now = time.perf_counter()
        waiting = {id(chunk): chunk for chunk in self._under_way.values()}.values()
        late = [
            chunk
            for chunk in sorted(waiting, key=lambda chunk: chunk.sent)
            if len(chunk.copies) < MOST_COPIES
            and now - chunk.sent > max(LEAST_PATIENCE, 2 * each * len(chunk.places)) * len(chunk.copies) * self._caution(chunk)
        ]
        if late:
            for chunk in late[: self.pool.idle()]:
                self._submit(chunk)

    def _caution(self, chunk: _Chunk) -> float:
        """Return how many times as long a chunk is waited for because workers that had it died."""
        return float(CAUTION ** (chunk.deaths + max(self._kills.get(place, 0) for place in chunk.places)))

    # === Taking ===

    def _take(self, timeout: float, *, take_up_again: bool) -> None:
        """Take the news that there are, waiting for the first."""
        try:
            news = self.pool.news.get(timeout=timeout)
            while True:
                self._heed(news, take_up_again)
                news = self.pool.news.get_nowait()
        except queue.Empty:
            pass

    def _heed(self, news: News, take_up_again: bool) -> None:
        """Keep results; take up again what came to nothing."""
        chunk = self._under_way.pop(news.copy, None)
        if chunk is None:
            return
        chunk.copies.remove(news.copy)
        if isinstance(news.outcome, bytes):
            self._keep(chunk, news.outcome)
        elif isinstance(news.outcome, Killed):
            chunk.deaths += 1
        elif not isinstance(news.outcome, Lost):
            raise news.outcome
        missing = [place for place in chunk.places if place not in self.results]
        if not missing:
            for other in chunk.copies:
                del self._under_way[other]
        elif take_up_again and not chunk.copies:
            self._take_up_again(missing, news.outcome)

    def _keep(self, chunk: _Chunk, packed: bytes) -> None:
        """Note the results of a chunk."""
        found = unpack_results(packed, [self.tasks[place] for place in chunk.places])
        new = [(place, result) for place, result in zip(chunk.places, found, strict=False) if place not in self.results]
        # All of them first: Ctrl-C may come while the first is told.
        self.results.update(new)
        if found:
            self._seconds_each = sum(result.seconds for result in found) / len(found)
        if self._on_result is not None:
            for place, result in new:
                self._on_result(place, result)

    def _take_up_again(self, places: list[int], why: bytes | BaseException) -> None:
        """Put tasks that came to nothing in front, unless that happens again and again."""
        if isinstance(why, Killed):
            for place in places:
                self._kills[place] = self._kills.get(place, 0) + why.times
                if self._kills[place] >= MOST_KILLS:
                    raise ClusterError(
                        f"task {place} must leave its worker alive, but {counted(self._kills[place], 'worker')} died while they trained "
                        "it, the last "
                        "time alone; systems kill what takes too much memory: use fewer jobs, smaller batches or a smaller network."
                    )
                (self._suspects if self._kills[place] > 1 else self._alone).append(place)
            return
        for place in places:
            self._losses[place] = self._losses.get(place, 0) + 1
            if self._losses[place] > MOST_LOSSES:
                raise ClusterError(
                    f"task {place} must come back from its worker, but was lost {MOST_LOSSES} times; look at the cluster's log."
                )
        self._todo.extendleft(reversed(places))
        self._is_shared = False
