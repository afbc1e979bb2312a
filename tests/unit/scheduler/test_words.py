from __future__ import annotations

import pytest

from dpnb.scheduler.cron import describe


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("* * * * *", "every minute"),
        ("* * * * * *", "every second"),
        ("*/10 * * * * *", "every 10 seconds"),
        ("@hourly", "every hour"),
        ("@daily", "at 00:00, every day"),
        ("0 9 * * MON-FRI", "at 09:00 on Monday to Friday"),
        ("30 9 0 * * *", "at 00:09:30, every day"),
        ("0 8,12,18 * * SAT,SUN", "at 08:00, 12:00 and 18:00 on Saturday and Sunday"),
        ("0,30 * * * *", "every 30 minutes"),
        ("5 * * * *", "at minute 5 of every hour"),
        ("10-20 * * * *", "at minutes 10 to 20 of every hour"),
        ("*/15 9-17 * * *", "every 15 minutes from 09:00 to 17:59, every day"),
        ("*/7 * * * *", "at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of every hour"),
        ("0 */2 * * *", "every second hour"),
        ("15 9-17 * * *", "at minute 15 of every hour from 09:00 to 17:00, every day"),
        ("0 */5 * * *", "the hours 00:00, 05:00, 10:00, 15:00 and 20:00, every day"),
        ("0 0 1,15 * 1", "at 00:00 on day 1 and 15 of the month or on Monday"),
        ("0 0 */2 * MON", "at 00:00 on every second day from day 1 of the month if it is Monday"),
        ("0 0 1-31 * 1", "at 00:00, every day"),
        ("5 4 L * *", "at 04:05 on the last day of the month"),
        ("0 0 * * MON#2,L5", "at 00:00 on the second Monday of the month and the last Friday of the month"),
        ("0 0 1 1,2,6-9 *", "at 00:00 on day 1 of the month in January, February and June to September"),
    ],
)
def test_an_expression_is_said_in_words(expression, words):
    assert describe(expression, "Asia/Seoul") == f"{words} (Asia/Seoul)"
