"""What /proc says is read right, whatever a program is called, and children count."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from benchmarks import proc

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
STAT = "42 (a ) b (x) S 7 42 42 0 -1 4194304 9 8 7 6 150 50 30 20 20 0 1 0 5 9 9 9"


def test_a_name_with_brackets_and_spaces_does_not_move_the_fields() -> None:
    assert proc.parse_stat(STAT) == proc.Stat(parent=7, ticks=250)


def test_a_size_is_read_by_its_whole_name() -> None:
    text = "Pss_Dirty:    9 kB\nPss:    1000 kB\n"
    assert proc.parse_kb(text, "Pss") == pytest.approx(1.024)
    assert proc.parse_kb(text, "Rss") == 0


def test_children_of_children_belong_to_the_tree_and_others_do_not() -> None:
    parents = {1: 0, 10: 1, 11: 10, 12: 11, 20: 1}
    assert proc.descendants([10], parents) == [10, 11, 12]
    assert proc.descendants([10, 11], parents) == [10, 11, 12]
    assert proc.descendants([99], parents) == []


@linux
def test_a_process_and_its_child_are_counted_and_gone_ones_are_not() -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    command = (sys.executable, "-c", code)
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:  # noqa: S603 - our own
        while proc.use([child.pid]).processes < 2:
            assert child.poll() is None
        used = proc.use([child.pid])
        assert used.rss_mb > used.pss_mb > 1
        child.communicate(b"\n")
    assert proc.use([child.pid]) == proc.Use(0, 0, 0, 0)


@linux
def test_the_work_of_this_process_shows() -> None:
    before = proc.cpu_s([os.getpid()])
    while proc.cpu_s([os.getpid()]) == before:
        sum(range(10_000))
