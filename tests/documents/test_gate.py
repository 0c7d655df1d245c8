"""The publish gate: what is planted in any text or file is found, and an ordinary list passes."""

import io
import random

import docx
import openpyxl
import pytest

from bangfu.documents.gate import Found, columns, look
from bangfu.documents.text import CannotRead, text_of

ID, PHONE, CARD = "450499198001010" + "02X", "1380000" + "0000", "622848" + "0000000000000"
CLEAN = ("大业镇2017年10月慰问金发放公示\n公示期：2017-10-20 至 2017-10-29\n思回村 第3组 黄家胜 4 人 一般户 500 元\n板么村 陈美 2 人 特困户 1,000 元\n合计 101 户 74,000 元（柒万肆仟元整）\n"
         "500，1000，2000，3000\n2017-10-19 2017-10-20 2017-11-02\n监督电话 0774-8000000\n序号 1 2 3 4 5 6 7 8 9 10 11 12 13")


def test_an_ordinary_list_passes():
    assert look(CLEAN, phones={"0774-8000000"}, minors={"莫小静"}, adults={"黄家胜", "陈美"}, allowed={"黄家胜", "陈美"}) == []


@pytest.mark.parametrize("planted", [
    ID, ID.lower(), f"{ID[:6]} {ID[6:14]} {ID[14:]}", "４５０４９９１９８００１０１００２Ｘ", " ".join(ID), f"{ID[:6]}-{ID[6:14]}-{ID[14:]}", ID[:6] + "\u200b" + ID[6:], PHONE, f"{PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}",
    f"{PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}", "，".join(PHONE), "一三八〇〇〇〇〇〇〇〇", CARD, " ".join(CARD[at:at + 4] for at in range(0, 19, 4)), "0774-8123456", f"电话{PHONE}转1", f"+86{PHONE}",
])  # fmt: skip
def test_a_number_is_found_however_it_is_written(planted):
    assert any(not one.clearable for one in look(CLEAN + f"\n备注 {planted} 。", phones={"0774-8000000"})), planted


@pytest.mark.parametrize("planted", ["莫小静", "莫 小 静", "莫*小静", "患有尿毒症", "二级残疾", "单亲家庭", "大业中心校", "三年级", "（2）班", "思回小学"])
def test_children_illness_and_schools_are_never_cleared(planted):
    found = look(CLEAN + "\n" + planted, phones={"0774-8000000"}, minors={"莫小静"}, schools={"思回小学"})
    assert found and not any(one.clearable for one in found)
    assert "小静" not in "".join(one.words for one in found)


def test_an_adult_stops_until_somebody_clears_it():
    (found,) = look("产业发放李子苗", adults={"李子"})
    assert found == Found("姓名", "李*", clearable=True)
    assert look("产业发放李子苗", adults={"李子"}, allowed={"李子"}) == []


def test_a_childs_short_name_does_not_stand_in_a_listed_longer_one():
    assert look("黄家胜 500 元", minors={"黄家"}, allowed={"黄家胜"}) == []
    assert look("黄家胜 500 元，黄家领", minors={"黄家"}, allowed={"黄家胜"}) == [Found("儿童姓名", "黄*")]


@pytest.mark.parametrize("name", ["身份证号", "公民身份 号码", "联系电话", "监护人", "银行账号", "健康状况", "所在学校", "家庭住址", "出生日期", "学生姓名", "残疾证号"])
def test_a_forbidden_column_is_refused(name):
    assert columns(["村", "组", "户主姓名", name])
    assert columns(["村", "组", "户主姓名", "人数", "类别", "金额", "期间"]) == []


def in_html(text):
    return f"<html><head><meta name='d' content='x'></head><body><table><tr><td>{text}</td></tr></table></body></html>".encode()


def in_attribute(text):
    return f"<html><body><p title='{text}'>好</p></body></html>".encode()


def in_comment(text):
    return f"<html><body><!-- {text} --><p>好</p></body></html>".encode()


def in_word(text):
    document = docx.Document()
    paragraph = document.add_paragraph()
    for at in range(0, len(text), 4):
        paragraph.add_run(text[at:at + 4])  # cut into runs
    return _saved(document)


def in_word_table(text):
    document = docx.Document()
    document.add_table(1, 1).cell(0, 0).text = text
    return _saved(document)


def in_word_property(text):
    document = docx.Document()
    document.core_properties.comments = text
    return _saved(document)


def in_word_footer(text):
    document = docx.Document()
    document.sections[0].footer.paragraphs[0].text = text
    return _saved(document)


def _saved(document):
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def in_excel(text, note=False, hidden=False, prop=False, number=False):
    book = openpyxl.Workbook()
    cell = book.active.cell(1, 1, "好" if note or prop else int(text) if number else text)
    if note:
        cell.comment = openpyxl.comments.Comment(text, "x")
    if hidden:
        book.create_sheet("另一张")
        book.active.sheet_state = "hidden"
    if prop:
        book.properties.description = text
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def in_pdf(text):
    import typst

    return bytes(typst.compile(f'#set document(title: "好")\n#set text(lang: "zh")\n#table(columns: 2, [备注], [{text}])'.encode()))


def in_pdf_property(text):
    import typst

    return bytes(typst.compile(f'#set document(title: "{text}")\n好'.encode()))


PLACES = {"page.html": [in_html, in_attribute, in_comment], "list.docx": [in_word, in_word_table, in_word_property, in_word_footer],
          "list.xlsx": [in_excel, lambda text: in_excel(text, note=True), lambda text: in_excel(text, hidden=True), lambda text: in_excel(text, prop=True)], "list.pdf": [in_pdf, in_pdf_property],
          "list.csv": [lambda text: f"村,备注\n思回村,{text}\n".encode()], "notice.txt": [lambda text: text.encode()]}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("seed", range(4))
def test_what_is_planted_in_a_finished_file_is_found(name, seed):
    rng = random.Random(seed)
    for put in PLACES[name]:
        planted = rng.choice([ID, PHONE, CARD, f"{PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}"])
        assert look(text_of(name, put(f"说明 {planted}"))), (name, planted)


@pytest.mark.parametrize("name", ["page.html", "list.docx", "list.xlsx", "list.csv", "notice.txt"])
def test_a_childs_name_planted_in_a_finished_file_is_found(name):
    for put in PLACES[name]:
        assert look(text_of(name, put("备注莫小静")), minors={"莫小静"})
        assert look(text_of(name, put("慰问金五百元")), minors={"莫小静"}) == []


def test_a_number_cell_of_a_workbook_is_found():
    assert look(text_of("x.xlsx", in_excel(PHONE, number=True)))


@pytest.mark.parametrize(("name", "content"), [("x.exe", b"MZ"), ("x.docx", b"no package"), ("x.pdf", b"%PDF-broken"), ("x.html", b"\xff\xfe\xfa")])
def test_what_cannot_be_read_is_not_published(name, content):
    with pytest.raises(CannotRead):
        text_of(name, content)
