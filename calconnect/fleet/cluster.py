"""The Dask cluster: the one module that knows ``distributed``, which is installed with ``calconnect[fleet]``.

Source: https://distributed.dask.org/en/stable/asynchronous.html, https://distributed.dask.org/en/stable/resilience.html
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import calconnect
from calconnect.foundation.problems import UsageError

if TYPE_CHECKING:
    from distributed import Client

Task = TypeVar("Task")
Result = TypeVar("Result")

_ADDRESS = re.compile(r"(?:tcp|tls)://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}")
CONNECT_SECONDS = 10.0
"""For the scheduler to answer, and for a first worker to be there."""


@dataclass(frozen=True, slots=True)
class Done(Generic[Task, Result]):
    """A task that is over."""

    task: Task
    result: Result | None
    """None: it was lost with the workers that had it, or broke; ``trouble`` says how."""
    trouble: str = ""


class Cluster:
    """A connected cluster, in one event loop."""

    def __init__(self, client: Client) -> None:
        """Take over a client; see :func:`connected`."""
        self._client = client

    async def workers(self) -> int:
        """Return how many tasks the workers that are there now can run at once; one at least."""
        threads: dict[str, int] = await self._client.nthreads()
        return max(1, sum(threads.values()))

    async def run(
        self, function: Callable[[Task], Result], tasks: Iterable[Task], at_once: int
    ) -> AsyncGenerator[Done[Task, Result], None]:
        """Run a function for each task, at most ``at_once`` at a time, and yield what comes of it as it comes.

        A task whose worker is lost is run again on another; one that has taken several workers with it is given up.
        When the caller stops, what was not begun is not begun any more.
        """
        waiting = iter(tasks)
        under_way: set[asyncio.Task[Done[Task, Result]]] = set()
        try:
            while True:
                for task in _first(waiting, at_once - len(under_way)):
                    under_way.add(asyncio.create_task(self._one(function, task)))
                if not under_way:
                    return
                over, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                for one in over:
                    yield one.result()
        finally:
            for one in under_way:
                one.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def alone(self, name: str, what: str) -> AsyncIterator[None]:
        """Hold a name on the scheduler while the block runs, so that what it stands for is not done twice at once.

        Raises:
            UsageError: somebody else holds it.
        """
        from distributed import Semaphore

        scheduler, loop = self._client.scheduler, self._client.loop
        held = await Semaphore(max_leases=1, name=f"calconnect {name}", scheduler_rpc=scheduler, loop=loop)
        if not await held.acquire(timeout=0.5):
            raise UsageError(f"{what} is under way on this cluster already. Wait for its end.")
        try:
            yield
        finally:
            await held.release()

    async def _one(self, function: Callable[[Task], Result], task: Task) -> Done[Task, Result]:
        from distributed import KilledWorker

        future = self._client.submit(function, task, pure=False)
        try:
            return Done(task, await future)
        except KilledWorker:
            return Done(task, None, "Each worker that took it was lost.")
        except asyncio.CancelledError:
            with contextlib.suppress(OSError):
                await self._client.cancel([future], force=True)
            raise
        except Exception as error:  # noqa: BLE001  whatever a worker's own code raised comes through here
            return Done(task, None, f"The worker failed: {type(error).__name__}.")


@contextlib.asynccontextmanager
async def connected(address: str) -> AsyncIterator[Cluster]:
    """Connect to the scheduler at ``address`` (``tcp://host:8786``), and leave it at the end.

    Raises:
        UsageError: ``distributed`` is not installed, nobody answers there, there are no workers, or they have another
            calconnect.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("Dask is not installed here. Install it with: pip install calconnect[fleet]") from None
    if not _ADDRESS.fullmatch(address):
        raise UsageError(f"{address!r} is no address of a Dask scheduler. Write it as tcp://host:8786.")
    try:
        client = await Client(address, asynchronous=True, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = "nobody answers" if isinstance(error, OSError) else "what answers is none"
        raise UsageError(f"There is no Dask scheduler at {address}: {reason}.") from None
    try:
        try:
            await client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise UsageError(f"The Dask scheduler at {address} has no workers. Start some, then try again.") from None
        await _same_version(client, address)
        yield Cluster(client)
    finally:
        await client.close()


async def _same_version(client: Client, address: str) -> None:
    try:
        versions: dict[str, str] = await client.run(_version)
    except ImportError:
        raise UsageError(
            f"The workers of {address} have no calconnect. Install {calconnect.__version__} there."
        ) from None
    others = sorted({version for version in versions.values() if version != calconnect.__version__})
    if others:
        raise UsageError(
            f"Workers of {address} have calconnect {', '.join(others)}; here it is {calconnect.__version__}. "
            "Install the same everywhere."
        )


def _version() -> str:
    return calconnect.__version__


def _first(items: Iterator[Task], count: int) -> Iterator[Task]:
    for _ in range(count):
        try:
            yield next(items)
        except StopIteration:
            return
