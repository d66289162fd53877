#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Answers for test-cron: what APScheduler 3 (Debian: python3-apscheduler), which Freezer's scheduler uses, makes of
# cron fields. Each line of standard input: zone TAB seconds since 1970 TAB field=text TAB …
# Each line of output: the coming instants in seconds, or "refused". Exit 77: there is no APScheduler.
import sys
import warnings
from datetime import datetime, timedelta, timezone

warnings.simplefilter('ignore')
try:
    from apscheduler.triggers.cron import CronTrigger
except ImportError:
    sys.exit(77)


def answer(line):
    zone, after, *fields = line.rstrip('\n').split('\t')
    try:
        trigger = CronTrigger(timezone=zone, end_date=datetime(2150, 1, 1, tzinfo=timezone.utc),
                              **dict(field.split('=', 1) for field in fields))
    except ValueError:
        return 'refused'
    instants = []
    last = datetime.fromtimestamp(int(after), timezone.utc)
    for _ in range(5):
        last = trigger.get_next_fire_time(None, last + timedelta(microseconds=1))
        if last is None:
            break
        instants.append(str(int(last.timestamp())))
    return ' '.join(instants)


for line in sys.stdin:
    print(answer(line))
