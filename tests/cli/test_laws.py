"""The checks of laws.py fail where a law is broken: each on a real run with one number changed."""
import copy
import unittest
from typing import Any, Callable

from cli_case import CliCase, needs_gil
from laws import check_laws, check_summary

Json = dict[str, Any]
Change = Callable[[Json], None]


def raised(part: str, key: str, by: int = 1) -> Change:
    def change(report: Json) -> None:
        report[part][0][key] += by
    return change


def appended(part: str, entry: Json) -> Change:
    def change(report: Json) -> None:
        report[part].append(entry)
    return change


@needs_gil
class Laws(CliCase):
    def test_each_broken_law_is_seen(self) -> None:
        result = self.run_gilscope("-t", "2", "-c", "for _ in range(1000): pass")
        report = result.report
        self.assertEqual(check_laws(report), [])
        for law, change in {
            "law 1": raised("gils", "overlaps"),
            "law 3": raised("threads", "outside_ns"),
            "law 4": raised("gils", "lost"),
            "sums: GIL 0 has turns": raised("threads", "turns"),
            "sums: GIL 0 has held_ns": raised("gils", "held_ns"),
            "sums: thread main": raised("threads", "asked", 2),
            "matrix: thread": raised("threads", "wait_ns"),
            "matrix: nobody knows": appended("waited_for", {"gil": 0, "waiter": 0, "nobody_ns": 0,
                                                                  "holder_ns": {str(10**6): 0}}),
            "lists: giving": appended("giving", {"place": None, "count": 10**6}),
            "order": raised("threads", "wait_p50_ns", 10**12),
        }.items():
            broken = copy.deepcopy(report)
            change(broken)
            self.assertTrue(any(text.startswith(law) for text in check_laws(broken)), f"{law}: {check_laws(broken)}")

    def test_a_view_that_differs_is_seen(self) -> None:
        result = self.run_gilscope("-t", "2", "-c", "for _ in range(1000): pass")
        self.assertEqual(check_summary(result.summary, result.report), [])
        for change in (raised("gils", "turns"), raised("gils", "hand_overs"), raised("threads", "gave"),
                       raised("threads", "hold_ns", 10**10)):
            other = copy.deepcopy(result.report)
            change(other)
            self.assertNotEqual(check_summary(result.summary, other), [])


if __name__ == "__main__":
    unittest.main()
