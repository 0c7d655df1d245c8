"""One village's people in the five kinds of file that people have. Each has the same changes and the same faults.

Three are kept in tests/files, saved by LibreOffice Calc: a file is read there as another program writes it, not as the one that made the test.
They were made anew like this, and test_import_files.py says when they no longer hold what this module would write:

    python -c "from tests.rooms.registry import five_files; five_files.write('folder')"
    soffice --headless --convert-to xlsx --outdir tests/files folder/people_two_line_header.xlsx folder/people_merged_households.xlsx
    soffice --headless --convert-to xls  --outdir tests/files folder/people_old_workbook.xlsx
"""

from pathlib import Path

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

COLUMNS = ("行政村", "户编号", "人均纯收入", "联系电话", "人编号", "姓名", "性别", "证件号码", "与户主关系", "文化程度", "健康状况")
OF_HOUSEHOLD = 4  # columns from the left
OWN = ("哪个村的", "家里编号", "一个人一年挣多少", "怎么联系", "系统里的人号", "叫什么", "男女", "身份号码", "和户主", "读过什么书", "身体", "我的备注")
VILLAGE = "思回村"
# As the demo's register has them (seed 20171020), but for what CHANGED says, and the cells of WRONG.
PEOPLE = tuple(tuple(line.split()) for line in """
思回村 46049900350 18000.5 10013737652 7000002353 陈仁利 男 450499198302101194 户主 高中 健康
思回村 46049900350 18000.5 10013737652 7000002366 陆文忠 女 45049919630526968X 之母 小学 健康
思回村 46049900371 很多 10089109480 7000002470 陆玲仁 女 450499196907153107 户主 初中 健康
思回村 46049900371 很多 10089109480 7000002483 陆军庆 男 450499199102091854 之子 初中 健康
思回村 46049900371 很多 10089109480 7000002496 陆军海 男 450499200009182095 之子 - 健康
思回村 46049900406 23180.45 10078868356 7000002717 梁玉田 男 45049919580901233 户主 初中 健康
思回村 46049900406 23180.45 10078868356 7000002730 林青兰 女 450499196312226186 配偶 初中 健康
思回村 46049900406 23180.45 10078868356 7000002743 梁军梅 男 450499198903128536 之子 念过书 健康
思回村 46049900427 11154.8 10082622361 7000002847 陈强林 男 450499197108210392 户主 初中 健康
思回村 46049900427 11154.8 10082622361 7000002860 黄善琼 女 450499196802209688 配偶 高中 健康
""".strip().splitlines())
CHANGED = {("46049900350", "", "net_income_per_head_fen"): "1800050", ("46049900350", "7000002353", "education_level"): "高中"}
WRONG = (("46049900371", 2), ("46049900406", 7), ("46049900406", 9))  # household, column: an income in words, 17 figures, a word no list has
THIN = Side(style="thin")


def lines():
    """Return the rows as they are written: an empty cell is None, an amount is a number where it is one."""
    return [[None if cell == "-" else float(cell) if at == 2 and cell[0].isdigit() else cell for at, cell in enumerate(line)] for line in PEOPLE]


def _table(sheet, top, rows=None):
    for row, line in enumerate(rows or lines(), start=top):
        for column, cell in enumerate(line, start=1):
            at = sheet.cell(row, column, cell)
            at.number_format = "#,##0.00" if isinstance(cell, float) else "@"
            at.border = Border(THIN, THIN, THIN, THIN)
    for letter, width in zip("ABCDEFGHIJK", (9, 13, 11, 13, 12, 9, 6, 21, 11, 10, 10), strict=True):
        sheet.column_dimensions[letter].width = width
    return top + len(rows or lines())


def two_line_header(path):
    """Title, unit, a header of two lines from row 3; a clerk's own colour and remark, a formula, a second sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = VILLAGE
    sheet["A1"], sheet["A2"] = "大业镇思回村脱贫人口核对表（人员均为虚构）", "单位：元"
    sheet["A1"].font, sheet["A1"].alignment = Font(bold=True, size=16), Alignment(horizontal="center")
    sheet.merge_cells("A1:L1")
    for column, name in enumerate((*COLUMNS, "备注"), start=1):
        sheet.cell(4 if 3 <= column <= 11 else 3, column, name).font = Font(bold=True)
    for first, last, name in ((3, 4, "户的情况"), (5, 9, "成员"), (10, 11, "成员情况")):
        sheet.cell(3, first, name)
        sheet.merge_cells(start_row=3, end_row=3, start_column=first, end_column=last)
    for column in (1, 2, 12):
        sheet.merge_cells(start_row=3, end_row=4, start_column=column, end_column=column)
    end = _table(sheet, 5)
    sheet["F5"].fill, sheet["F5"].comment = PatternFill("solid", fgColor="FFFF00"), Comment("已电话核对", "农会计")
    sheet["H10"].comment = Comment("户口本在县里", "农会计")  # on a cell that will be marked
    sheet["L5"] = "=C5*2"
    sheet.cell(end, 1, "合计")
    sheet.cell(end + 1, 1, "填表人：农会计　　审核人：黎书记")
    sheet.freeze_panes = "C5"
    other = book.create_sheet("说明")
    other["A1"] = "表里的人都是编的。"
    book.save(path)


def merged_households(path):
    """What is a household's stands once, in cells merged over its members."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    sheet.append(COLUMNS)
    rows, top = lines(), 2
    _table(sheet, 2)
    for code in dict.fromkeys(line[1] for line in rows):
        size = sum(line[1] == code for line in rows)
        for column in range(1, OF_HOUSEHOLD + 1):
            for row in range(top + 1, top + size):
                sheet.cell(row, column).value = None
            sheet.merge_cells(start_row=top, end_row=top + size - 1, start_column=column, end_column=column)
        top += size
    book.save(path)


def plain(path):
    """One line of headers and the rows; kept as an .xls."""
    book = openpyxl.Workbook()
    book.active.title = "Sheet1"
    book.active.append(COLUMNS)
    _table(book.active, 2)
    book.save(path)


def own_columns(path):
    """Headers of the clerk's own making, and one that means nothing to us."""
    book = openpyxl.Workbook()
    book.active.title = "我的表"
    book.active.append(OWN)
    _table(book.active, 2)
    book.active["L2"] = "下次带户口本"
    book.save(path)


def gbk_text():
    """As an old spreadsheet program saves text: GBK, CR LF, no quotes."""
    cells = [[str(cell) if isinstance(cell, float) else cell or "" for cell in line] for line in lines()]
    return "".join(",".join(line) + "\r\n" for line in [list(COLUMNS), *cells]).encode("gbk")


def write(folder):
    """Write what LibreOffice then saves as the files that are kept."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, make in (("two_line_header", two_line_header), ("merged_households", merged_households), ("old_workbook", plain)):
        make(Path(folder) / f"people_{name}.xlsx")
