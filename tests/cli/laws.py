"""The laws of a run's numbers, checked on every trace that a test makes. Problems come back as sentences.

1 turns of one GIL never overlap; 3 hold + wait + outside is the thread's life, to the nanosecond;
4 turns and lost turns are the takes that were counted; 5 the summary says what the JSON says.
(2, the order of a turn's moments, is checked by gilscope itself: a broken law makes probe.verified false.)
"""
import re
import signal
from typing import Any

Json = dict[str, Any]


def check_laws(report: Json) -> list[str]:
    """What is wrong with the numbers of `--json`: nothing, in a run that holds the laws."""
    wrong = list(report.get("laws", []))
    for gil in report["gils"]:
        name = f"GIL {gil['id']}"
        threads = [thread for thread in report["threads"] if thread["gil"] == gil["id"]]
        if gil["overlaps"] != 0:
            wrong.append(f"law 1: {name} has {gil['overlaps']} overlaps")
        if gil["held_ns"] > report["wall_ns"] + len(threads):
            wrong.append(f"law 1: {name} held {gil['held_ns']} ns of {report['wall_ns']} ns")
        known, takes = gil["turns"] + gil["lost"], gil["takes_counted"]
        if known > takes if ends_early(report, gil) else known != takes:  # without its end, takes are ahead
            wrong.append(f"law 4: {name}: {gil['turns']} turns + {gil['lost']} lost, {gil['takes_counted']} takes")
        for whole, part in (("turns", "turns"), ("held_ns", "hold_ns")):
            total = sum(thread[part] for thread in threads)
            if total != gil[whole]:
                wrong.append(f"sums: {name} has {whole} {gil[whole]}, its threads {total}")
    rows: dict[tuple[int, int], int] = {}
    for part in report["waited_for"]:
        key = part["gil"], part["waiter"]
        rows[key] = rows.get(key, 0) + part["nobody_ns"] + sum(part["holder_ns"].values())
    for thread in report["threads"]:
        name = f"thread {thread['name']}"
        if thread["gil"] is None:
            if thread["blocked_ns"] + thread["paused_ns"] > thread["life_ns"] + 2:
                wrong.append(f"law 3: {name} slept longer than it lived: {thread}")
            continue
        row = rows.get((thread["gil"], thread["index"]), 0)
        if row != thread["wait_ns"]:
            wrong.append(f"matrix: {name} waited {thread['wait_ns']} ns, for others {row}")
        total = thread["hold_ns"] + thread["wait_ns"] + thread["outside_ns"]
        if total != thread["life_ns"]:
            wrong.append(f"law 3: {name}: {total} ns in a life of {thread['life_ns']} ns")
        if not 0 <= thread["turns"] - thread["gave"] - thread["asked"] <= 1:  # the last may be open at the end
            wrong.append(f"sums: {name}: {thread['turns']} turns, {thread['gave']} gave, {thread['asked']} asked")
        for middle, high, most in (("wait_p50_ns", "wait_p99_ns", "longest_wait_ns"),
                                   ("hold_p50_ns", "hold_p99_ns", "longest_hold_ns")):
            if not thread[middle] <= thread[high] <= thread[most]:
                wrong.append(f"order: {name}: {middle}, {high} and {most} are not in order")
    indices = {thread["index"] for thread in report["threads"]}
    for part in report["waited_for"]:
        if not {part["waiter"], *map(int, part["holder_ns"])} <= indices:
            wrong.append(f"matrix: nobody knows the threads of {part}")
    contended = sum(gil["contended_ns"] + 1 for gil in report["gils"]) + len(report["blockers"])  # rounded one by one
    for what, parts, most in (("blockers", [blocker["contended_ns"] for blocker in report["blockers"]], contended),
                              ("giving", [giving["count"] for giving in report["giving"]],
                               sum(gil["gave"] for gil in report["gils"]))):
        if sum(parts) > most:
            wrong.append(f"lists: {what} adds up to {sum(parts)}, more than {most}")
    return wrong


def ends_early(report: Json, gil: Json) -> bool:
    """Whether the trace of this GIL's process has no end."""
    if "processes" in report:
        return report["processes"][gil["process"]]["ended"] != "exited"
    # At SIGTERM it is looked at while its threads go on.
    return "ends_early" in report or report["exit_status"] == 128 + signal.SIGTERM


def check_summary(summary: str, report: Json) -> list[str]:
    """Law 5, for the numbers that are in both."""
    said = re.sub(r"\s+", " ", summary)
    turns, lost, overlaps = (sum(gil[key] for gil in report["gils"]) for key in ("turns", "lost", "overlaps"))
    if not report["python"]["gil_enabled"]:
        return check_summary_without_gil(said, report)
    expected = [
        f"CPython {report['python']['version']}",
        "no exit status" if report.get("ends_early") else f"exit status {report['exit_status']}",
        f": {counted(turns, 'turn')}, {lost:,} lost, {counted(overlaps, 'overlap')}, own cost",
    ]
    if "processes" not in report:
        expected.append(f" of {duration(report['wall_ns'])} wall")
    if len(report["gils"]) <= 4:  # of more, the summary shows the busiest
        expected += [f" of {duration(gil['wall_ns'])} wall" for gil in report["gils"] if "wall_ns" in gil]
        expected += [counted(gil["hand_overs"], "hand-over") for gil in report["gils"]]
        expected += [counted(gil["drop_requests"], "drop request") for gil in report["gils"] if gil["drop_requests"]]
    if len(report["threads"]) <= 8:  # more may be summed up in one row
        for thread in report["threads"]:
            spans = ("hold_ns", "wait_ns", "outside_ns", "longest_wait_ns", "wait_p99_ns")
            cells = [f"{thread['turns']:,}", *(duration(thread[key]) for key in spans),
                     f"{thread['gave']:,}", f"{thread['asked']:,}"]
            expected.append(" " + " ".join(cells) + " ")
    return [f"law 5: the summary does not say '{text}'" for text in expected if text not in said]


def check_summary_without_gil(said: str, report: Json) -> list[str]:
    waits = sum(thread["blocked_count"] + thread["paused_count"] for thread in report["threads"])
    expected = ["No GIL: threads run at once", "GIL off", f"{duration(report['wall_ns'])} wall",
                f": {counted(waits, 'wait')} on Python's own locks; no turns without a GIL"]
    if len(report["threads"]) <= 8:
        expected += [f" {thread['blocked_count']:,} {duration(thread['longest_blocked_ns'])} {duration(thread['paused_ns'])} "
                     for thread in report["threads"]]
    return [f"law 5: the summary does not say '{text}'" for text in expected if text not in said]


def duration(ns: int) -> str:
    """As the summary writes it: three digits and a unit."""
    if ns < 1000:
        return f"{ns} ns"
    for size, unit in ((1e3, "us"), (1e6, "ms"), (1e9, "s")):
        value = ns / size
        if value < 999.5:
            return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {unit}"
    return f"{ns / 60e9:.2f} min"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
