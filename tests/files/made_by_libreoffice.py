"""Makes the files under tests/files/libreoffice anew: `python made_by_libreoffice.py` (needs soffice; the tests do not).

One flat workbook is written as text here, and LibreOffice saves it as .xlsx, .xls, .ods and (its first sheet) as .csv.
"""

import shutil
import subprocess
import tempfile
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

OUT = Path(__file__).with_name("libreoffice")
HEAD = ["户编号", "姓名", "证件号码", "行政村", "人均纯收入", "联系电话"]
BO = ["1001", "黄小满", "450499198001010010", "新村", 3520, "10000000001"]
LAN = ["1002", "陈大田", "450499198001010029", "新村", 100, "10000000002"]
MO = ["1003", "莫某", "450499198001010037", "会村", 0.5, 10000000003]
COUNTED = ["行政村", "户编号", "姓名", "证件号码", "人数", "工资性收入"]
SPACES = ' office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.spreadsheet"' + "".join(
    f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{urn}:1.0"'
    for name, urn in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"), ("number", "datastyle"))) + ' xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"'
STYLES = ('<office:automatic-styles><number:date-style style:name="N1"><number:year number:style="long"/><number:text>/</number:text><number:month/>'
          '<number:text>/</number:text><number:day/></number:date-style><style:style style:name="d" style:family="table-cell" style:data-style-name="N1"/></office:automatic-styles>')

# {sheet: (rows, {hidden, filtered: margin numbers; columns: hidden, from 0; merged: {(row, column): (rows, columns)}})}
SHEETS = {
    "表头": ([["大业镇脱贫户花名册"], ["单位：元"], HEAD, BO, LAN, MO], {"merged": {(1, 0): (1, 6)}}),
    "数字": ([["户编号", "姓名", "证件号码", "联系电话", "户联系电话", "人均纯收入"],
             ["12-3455", "黄小满", "450499198001010010", "13800000000.0", "0077", -12.5],
             [12345, "陈大田", 450499198001010029, 13800000000, "4.50499E+17", 0.1]], {}),
    "合并": ([["新村花名册"], ["行政村", "户编号", "户主", "姓名", "证件号码", "与户主关系", "健康状况", "联系电话"],
             ["新村", "1001", "黄小满", "黄小满", "450499198001010010", "户主", "健康", "10000000001"],
             [None, None, None, "陈大田", "450499198001010029", "配偶", "残疾", None],
             [None, None, None, "莫某", "450499198001010037", "之子", "健康", None],
             ["新村", None, "李某", "李某", "450499198001010045", "户主", "健康", "10000000002"]],
            {"merged": {(1, 0): (1, 8), (3, 0): (3, 1), (3, 1): (3, 1), (3, 2): (3, 1), (3, 7): (3, 1)}}),
    "表尾": ([["大业镇花名册"], ["单位：元"], COUNTED,
             ["新村", "1001", "黄小满", "450499198001010010", 2, 500], ["新村", "1001", "计小平", "450499198001010029", 2, 700],
             ["小计", None, None, None, 2, 1200], ["会村", "1002", "莫某", "450499198001010037", 1, 30], ["小 计", None, None, None, 1, 31],
             ["合计：3 人", None, None, None, None, None], [], ["填表人：李某　　审核人：张某", None, None, None, None, None], ["2017年10月20日"]], {}),
    "隐藏": ([HEAD, BO, LAN, MO, ["1004", "梁某", "450499198001010045", "会村"], [], ["1005", "韦某", "450499198001010053", "会村"], ["1006", "覃某", "450499198001010061", "会村"]],
            {"hidden": {3, 4}, "filtered": {5}, "columns": {2}}),
    "公式": ([HEAD, [*BO[:4], "=100+20", '="1000000"&"0001"'], [*LAN[:4], "=NA()", LAN[5]], [*MO[:4], "=1/0", MO[5]], ["1004", "李某", None, "新村", '=""', "#N/A"]], {}),
    "日期": ([["户编号", "姓名", "识别监测时间", "出生日期"],
             ["1", "甲某", date(2016, 7, 1), date(1980, 1, 2)], ["2", "乙某", "2016-07-02", "1980/1/3"], ["3", "丙某", 42399, 29223], ["4", "丁某", 20160130, 19800105],
             ["5", "戊某", 201605, "19800106"], ["6", "己某", "2016年05月", "不详"]], {}),
    "字符": ([["户编号", "姓名", "证件号码", "备注甲", "备注乙"], ["1001", "黄\u00a0小满", "450499198001010010", "\u3000甲\u200b", "'007"],
             ["1002", "陈\u200b大田", "４５０４９９１９８００１０１００２９", "乙\n丙", "\t丁 "]], {}),
    "名册": ([HEAD, BO, LAN], {}),
}  # fmt: skip
SEVERAL = {
    "名册": ([HEAD, BO, LAN], {}), "名册二": ([["说明：按村填"], HEAD, MO], {}),
    "务工": ([["姓名", "务工企业名称", "所属行业", "开始时间", "结束时间"], ["黄小满", "厂", "工", "1", "2"]], {}),
    "说明": ([["请先看这里"]], {}),
}  # fmt: skip


def cell(value, spans):
    span = f' table:number-rows-spanned="{spans[0]}" table:number-columns-spanned="{spans[1]}"' if spans else ""
    if value is None:
        return f"<table:table-cell{span}/>"
    if isinstance(value, date):
        return f'<table:table-cell{span} table:style-name="d" office:value-type="date" office:date-value="{value}"/>'
    if isinstance(value, int | float):
        return f'<table:table-cell{span} office:value-type="float" office:value="{value}"/>'
    if value.startswith("="):
        return f'<table:table-cell{span} table:formula="of:{escape(value, {chr(34): "&quot;"})}"/>'
    paragraphs = "".join(f"<text:p>{escape(line).replace(chr(9), '<text:tab/>')}</text:p>" for line in value.split("\n"))
    return f'<table:table-cell{span} office:value-type="string">{paragraphs}</table:table-cell>'


def sheet(name, rows, hidden=(), filtered=(), columns=(), merged=None):
    width = max(map(len, rows), default=1)
    said = "".join(f'<table:table-column{" table:visibility=" + chr(34) + "collapse" + chr(34) if at in columns else ""}/>' for at in range(width))
    for at, row in enumerate(rows, start=1):
        state = "collapse" if at in hidden else "filter" if at in filtered else "visible"
        said += f'<table:table-row table:visibility="{state}">' + "".join(
            cell(value, (merged or {}).get((at, column))) for column, value in enumerate([*row, *[None] * (width - len(row))])) + "</table:table-row>"
    return f'<table:table table:name="{name}">{said}</table:table>'


def main():
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:

        def convert(flat, kind, name):
            subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", kind, "--outdir", folder, str(flat)], check=True, timeout=120)
            shutil.move(flat.with_suffix("." + kind.split(":")[0]), OUT / name)

        for stem, sheets in (("points", SHEETS), ("several", SEVERAL)):
            flat = Path(folder) / f"{stem}.fods"
            body = "".join(sheet(name, rows, **more) for name, (rows, more) in sheets.items())
            flat.write_text(f'<?xml version="1.0" encoding="UTF-8"?><office:document{SPACES}>{STYLES}<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document>',
                            encoding="utf-8")
            for kind in ("xlsx", "xls", "ods"):
                convert(flat, kind, f"{stem}.{kind}")
        text = 'csv:Text - txt - csv (StarCalc):'
        for name, options in {"comma_utf8.csv": "44,34,76,1", "tab_gb18030.csv": "9,34,85,1", "semicolon_utf16.csv": "59,34,65535,1"}.items():
            convert(Path(folder) / "points.fods", text + options, name)


if __name__ == "__main__":
    main()
