"""`bangfu columns`: what a clerk sees of a file, and the mapping it leaves behind."""

import json
import tomllib

import pytest
import xlsxwriter

from bangfu.cli import main


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "登记.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("手册")
        for at, row in enumerate([["姓名", "户编号", "身份证号", "民 族", "健康状态"], ["黄小满", "1", "450499198001010010", "汉", "健康"]]):
            sheet.write_row(at, 0, row)
    return path


def test_recognised_columns_are_shown_and_unknown_ones_get_a_suggestion(file, capsys):
    assert main(["columns", str(file), "--json"]) == 0
    [sheet] = json.loads(capsys.readouterr().out)
    assert [column["field"] for column in sheet["columns"]] == ["name", "household_code", "certificate_no", "ethnicity", None]
    assert sheet["suggestions"] == {"健康状态": "健康状况"}


def test_the_mapping_template_is_written_once_and_read_back(file, capsys):
    assert main(["columns", str(file)]) == 0
    mapping = file.with_name("登记_列对应.toml")
    assert tomllib.loads(mapping.read_text())["健康状态"] == ""
    mapping.write_text('"健康状态" = "health_status"\n')
    assert main(["columns", str(file), "--columns", str(mapping), "--json"]) == 0
    assert "health_status" in capsys.readouterr().out
    assert main(["columns", str(file)]) == 0
    assert mapping.read_text() == '"健康状态" = "health_status"\n'


@pytest.mark.parametrize("content", ["不是表", '"姓名" = "没有这个字段"', '"姓名" = 3', "\x00"])
def test_a_mapping_that_is_none_is_refused_with_a_sentence(file, capsys, content):
    mapping = file.with_name("map.toml")
    mapping.write_text(content)
    assert main(["columns", str(file), "--columns", str(mapping)]) == 1
    assert "列对应表" in capsys.readouterr().err


def test_wrong_usage_ends_with_two_and_says_how(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["columns"])
    assert ended.value.code == 2
    assert "缺少 文件" in capsys.readouterr().err
