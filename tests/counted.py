"""How much work something is, in calls and not in seconds: the same on every machine, however busy it is."""

import sys


def calls_of(work):
    """What `work()` returns, and how many functions it called, those written in C among them."""
    count = 0

    def counted(frame, event, argument):
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        result = work()
    finally:
        sys.setprofile(before)
    return result, count
