"""One thread answers: jobs that wait together are one call; a fault hurts one job; a cancelled job is never done."""

import asyncio
import threading

import pytest

from seqlab.serving.worker import Worker


class Blocked:
    """A worker that is busy until `release`."""

    def __init__(self, most=256):
        self.sizes, self.released = [], threading.Event()
        self.worker = Worker("test", most=most, observe=self.sizes.append)
        self.busy = None

    async def __aenter__(self):
        begun = threading.Event()

        def wait():
            begun.set()
            self.released.wait(10)

        self.busy = asyncio.ensure_future(self.worker.call(wait))
        await asyncio.to_thread(begun.wait, 10)
        self.sizes.clear()
        return self

    async def submit(self, *jobs):
        """Tasks whose jobs wait."""
        tasks = [asyncio.ensure_future(job) for job in jobs]
        await asyncio.sleep(0)
        return tasks

    async def __aexit__(self, *_):
        self.released.set()
        await self.busy
        self.worker.close()


def doubled(items):
    if "bad" in items:
        raise ValueError("bad")
    return [item * 2 for item in items]


def run(scenario):
    return asyncio.run(asyncio.wait_for(scenario, 20))


def test_jobs_that_wait_together_are_one_call():
    async def scenario():
        async with Blocked() as blocked:
            answer = blocked.worker.batch
            tasks = await blocked.submit(
                answer("a", [1, 2], doubled), answer("b", [7], doubled), answer("a", [3], doubled)
            )
            blocked.released.set()
            return await asyncio.gather(*tasks), blocked.sizes

    assert run(scenario()) == ([[2, 4], [14], [6]], [3, 1])


def test_a_call_has_a_largest_size():
    async def scenario():
        async with Blocked(most=3) as blocked:
            jobs = [blocked.worker.batch("a", [each, each], doubled) for each in range(3)]
            tasks = await blocked.submit(*jobs)
            blocked.released.set()
            return await asyncio.gather(*tasks), blocked.sizes

    assert run(scenario()) == ([[0, 0], [2, 2], [4, 4]], [2, 2, 2])


def test_one_bad_item_hurts_its_own_job_alone():
    async def scenario():
        async with Blocked() as blocked:
            answer = blocked.worker.batch
            tasks = await blocked.submit(
                answer("a", [1], doubled), answer("a", ["bad"], doubled), answer("a", [3], doubled)
            )
            blocked.released.set()
            return await asyncio.gather(*tasks, return_exceptions=True)

    first, error, third = run(scenario())
    assert (first, third) == ([2], [6])
    assert isinstance(error, ValueError)


def test_a_cancelled_job_is_never_done():
    async def scenario():
        done = []
        async with Blocked() as blocked:
            (task,) = await blocked.submit(blocked.worker.call(lambda: done.append("cancelled")))
            (other,) = await blocked.submit(blocked.worker.call(lambda: done.append("other")))
            task.cancel()
            await asyncio.sleep(0)
            blocked.released.set()
            await other
        return done

    assert run(scenario()) == ["other"]


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), StopIteration()], ids=repr)
def test_whatever_a_plug_in_raises_ends_neither_the_thread_nor_the_event_loop(error):
    def fail():
        raise error

    async def scenario():
        worker = Worker("test")
        with pytest.raises(RuntimeError, match=type(error).__name__):
            await worker.call(fail)
        assert await worker.call(lambda: "alive") == "alive"
        worker.close()

    run(scenario())


def test_fewer_answers_than_items_are_an_error():
    async def scenario():
        worker = Worker("test")
        with pytest.raises(RuntimeError, match="2 items have 1 answers"):
            await worker.batch("a", [1, 2], lambda items: items[:1])
        worker.close()

    run(scenario())


def test_a_closed_worker_ends_after_its_jobs():
    async def scenario():
        async with Blocked() as blocked:
            (task,) = await blocked.submit(blocked.worker.call(lambda: "done"))
            blocked.worker.close()
            blocked.released.set()
            found = await task
            await asyncio.to_thread(blocked.worker.join, 10)
            return found, blocked.worker._thread.is_alive()

    assert run(scenario()) == ("done", False)
