"""The Python side of the peer: reads questions as JSON lines, answers each with one line, and takes the times itself."""

import importlib.metadata
import json
import os
import sys
import threading
import time
import uuid

os.environ["PERSISTENCE_MODULE"] = "eventsourcing.sqlite"
os.environ["SQLITE_DBNAME"] = sys.argv[1]

from eventsourcing.application import Application  # noqa: E402  (the settings above come first)
from eventsourcing.domain import Aggregate  # noqa: E402

# Notifications that are read at once: larger pages were no faster.
PAGE = 1000

# Few notes stand between two statuses, so that a short look back finds the last one nearly always.
LOOK_BACK = 4


class Recommendation(Aggregate):
    """An aggregate as a user would declare it."""

    class Stated(Aggregate.Event):
        """Every event of the workload."""

        place: int
        kind: str
        label: str | None
        text: str
        actor: str


def identity(place):
    """The id of a recommendation."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"bench-register/recommendation/{place + 1}")


def stated(event):
    """An event of the library, from one of the workload."""
    return Recommendation.Stated(
        originator_id=identity(event["place"]),
        originator_version=event["version"],
        timestamp=Recommendation.Stated.create_timestamp(),
        place=event["place"],
        kind=event["kind"],
        label=event["label"],
        text=event["text"],
        actor=event["actor"],
    )


class Store:
    """The application whose event store is measured."""

    def __init__(self):
        self.application = Application()

    def about(self, _question):
        """Versions and settings, as the library's own connection reports them."""
        told = {}
        with self.application.recorder.datastore.transaction(commit=False) as cursor:
            for name in ("journal_mode", "synchronous"):
                cursor.execute(f"PRAGMA {name}")
                told[name] = cursor.fetchone()[0]
            cursor.execute("SELECT sqlite_version()")
            sqlite = cursor.fetchone()[0]
        if told["journal_mode"] != "wal" or told["synchronous"] != 2:
            raise SystemExit(f"the settings are not as durable as they must be: {told}")
        return (
            f"{importlib.metadata.version('eventsourcing')}, Python {sys.version.split()[0]}, SQLite {sqlite}, journal_mode=WAL, "
            "synchronous=FULL; events.put of the application's event store, clients are threads; as of: a replay"
        )

    def append(self, question):
        """Puts the commits of each client, one after the other."""
        clients = [[[stated(event) for event in commit] for commit in commits] for commits in question["clients"]]
        shortest, failures = [], []
        barrier = threading.Barrier(len(clients) + 1)

        def run(commits):
            barrier.wait()
            try:
                for commit in commits:
                    started = time.perf_counter()
                    self.application.events.put(commit)
                    shortest.append(time.perf_counter() - started)
            except Exception as failure:  # told to whoever asked, below
                failures.append(failure)

        threads = [threading.Thread(target=run, args=(commits,)) for commits in clients]
        for thread in threads:
            thread.start()
        barrier.wait()
        started = time.perf_counter()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - started
        if failures:
            raise failures[0]
        return {"seconds": seconds, "shortest": min(shortest, default=0.0)}

    def replay(self, question):
        """Reads all events in order, or up to one, and folds them."""
        recorder, mapper = self.application.recorder, self.application.mapper
        stop, start, labels = question.get("stop"), 1, {}
        started = time.perf_counter()
        while True:
            page = recorder.select_notifications(start=start, limit=PAGE, stop=stop)
            for notification in page:
                event = mapper.to_domain_event(notification)
                if event.kind == "status":
                    labels[event.place] = event.label
            if not page:
                break
            start = page[-1].id + 1
            if stop is not None and start > stop:
                break
        seconds = time.perf_counter() - started
        return {"seconds": seconds, "state": sorted(labels.items())}

    def current(self, question):
        """Finds the last status of each recommendation, newest event first."""
        labels = []
        started = time.perf_counter()
        for place in question["places"]:
            labels.append(self.label(identity(place)))
        return {"seconds": time.perf_counter() - started, "labels": labels}

    def label(self, originator):
        """The label of the last status of one recommendation."""
        limit, last = LOOK_BACK, None
        while True:
            events = list(self.application.events.get(originator, desc=True, limit=limit, lte=last))
            for event in events:
                if event.kind == "status":
                    return event.label
            if len(events) < limit:
                return None
            last, limit = events[-1].originator_version - 1, limit * 4


def main():
    """Answers until there are no more questions."""
    store = Store()
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps(getattr(store, question["ask"])(question)), flush=True)
    store.application.close()


if __name__ == "__main__":
    main()
