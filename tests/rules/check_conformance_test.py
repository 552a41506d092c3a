# SPDX-License-Identifier: Apache-2.0
"""Each way in which the conformance table and its tests can drift apart is noticed."""
import check_conformance as check

TEST = 'TEST_CASE("a second CONNECT costs "\n    "the connection", "[3.1.1/MQTT-3.1.0-2]"\n "[5.0/MQTT-3.1.0-2]") {\n'
SHOWN = "`connect_test`: a second CONNECT costs the connection"
TABLE = f"""## MQTT 3.1.1
| [MQTT-3.1.0-2] | a second CONNECT | {SHOWN} |
## MQTT 5.0
| [MQTT-3.1.0-2] | a second CONNECT | {SHOWN} |
"""


def problems(directory, table=TABLE, test=TEST):
    (directory / "docs").mkdir(exist_ok=True)
    (directory / "tests/conformance").mkdir(parents=True, exist_ok=True)
    (directory / "docs/conformance.md").write_text(table)
    (directory / "tests/conformance/connect_test.cpp").write_text(test)
    return check.problems_of(directory)


def test_a_table_that_fits_its_tests_has_no_problem(tmp_path):
    assert problems(tmp_path) == []


def test_a_tag_without_a_row_is_a_problem(tmp_path):
    assert "no row for MQTT-3.1.0-2" in problems(tmp_path, TABLE.split("## MQTT 5.0")[0])[0]


def test_a_row_without_a_test_is_a_problem(tmp_path):
    assert "5.0 MQTT-3.1.0-2 has no test" in problems(tmp_path, test=TEST.replace("[5.0/MQTT-3.1.0-2]", ""))[0]


def test_a_row_that_names_another_test_is_a_problem(tmp_path):
    assert "names other tests" in problems(tmp_path, TABLE.replace("costs", "is worth"))[0]


def test_a_row_without_words_a_row_twice_and_a_row_outside_are_problems(tmp_path):
    row = f"| [MQTT-3.1.0-2] | a second CONNECT | {SHOWN} |\n"
    found = problems(tmp_path, "## Elsewhere\n" + row + TABLE.replace("| a second CONNECT |", "|  |") + row)
    assert len([line for line in found if "says nothing" in line]) == 2
    assert any("twice" in line for line in found)
    assert any("no version" in line for line in found)


def test_a_test_without_a_statement_and_a_wrong_tag_are_problems(tmp_path):
    found = problems(tmp_path, test=TEST + 'TEST_CASE("a title", "") {\nTEST_CASE("b", "[MQTT-1.2-3]") {\n')
    assert any("'a title' shows no statement" in line for line in found)
    assert any("'MQTT-1.2-3' is no tag" in line for line in found)


def test_writing_fills_the_last_column_and_sorts_by_number():
    text = "## MQTT 5.0\n| [MQTT-3.10.1-1] | b |  |\n| [MQTT-3.9.1-1] | a | old |\n"
    shown = {("5.0", "MQTT-3.9.1-1"): ["`x_test`: one", "`y_test`: two"], ("5.0", "MQTT-3.10.1-1"): ["`x_test`: three"]}
    assert check.written(text, shown) == (
        "## MQTT 5.0\n| [MQTT-3.9.1-1] | a | `x_test`: one<br>`y_test`: two |\n| [MQTT-3.10.1-1] | b | `x_test`: three |\n"
    )
