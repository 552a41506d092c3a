# SPDX-License-Identifier: Apache-2.0
"""The rule about threats and their tests fails where it should."""
import check_threats
import pytest


@pytest.fixture
def tree(tmp_path):
    tests = tmp_path / "tests" / "unit" / "a"
    tests.mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "tests" / "cli").mkdir()
    (tests / "CMakeLists.txt").write_text("muster_test(unit_a SOURCES b_test.cpp)")
    (tests / "b_test.cpp").write_text('TEST_CASE("doors are shut") {}')
    (tmp_path / "tests" / "cli" / "c_test.py").write_text("def test_it():\n    pass\n")
    return tmp_path


def found(tree, shown_by):
    (tree / "docs" / "threat-model.md").write_text(f"| | threat | mitigation | shown by |\n| T1 | x | y | {shown_by} |\n")
    return list(check_threats.problems(tree))


def test_tests_that_exist_are_found(tree):
    assert found(tree, "`unit_a:doors are shut`, `cli.c_test::test_it`, `cli.c_test`") == []


@pytest.mark.parametrize("shown_by", ["", "a test", "`unit_a:doors are open`", "`unit_b:doors are shut`", "`cli.c_test::test_no`", "`cli.d_test`"])
def test_a_row_without_a_test_that_exists_fails(tree, shown_by):
    assert len(found(tree, shown_by)) == 1


def test_a_table_without_rows_fails(tree):
    (tree / "docs" / "threat-model.md").write_text("# Threats\n")
    assert len(list(check_threats.problems(tree))) == 1
