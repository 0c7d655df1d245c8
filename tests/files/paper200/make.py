"""Writes the pair of registers that paper.csv works out: about two hundred invented people of three villages, with planted faults.

    python make.py DIR       writes 手册.csv and 系统.csv and prints which row is who; README.md says how they became workbooks

Nothing of bangfu is imported: the paper must not know the engine.
"""

import csv
import sys
from pathlib import Path

VILLAGES = ["松坪村"] * 28 + ["石岭村"] * 18 + ["竹溪村"] * 14
BOOKLET_ORDER = ["石岭村", "松坪村", "竹溪村"]
SURNAMES = "黄陈韦梁莫覃卢甘潘廖严温"
FIRST = "志秀文德永春国美大桂海玉长月光小"
SECOND = "强兰军英平珍华芳林梅生云清莲福娟民"
FAMILIES = [
    [("户主", "男", 48), ("配偶", "女", 46), ("之子", "男", 24), ("之女", "女", 14)],
    [("户主", "男", 39), ("配偶", "女", 38), ("之子", "男", 9)],
    [("户主", "男", 45), ("配偶", "女", 44), ("之女", "女", 20), ("之子", "男", 13), ("之母", "女", 70)],
    [("户主", "男", 66)],
    [("户主", "男", 56), ("配偶", "女", 55), ("之子", "男", 30), ("之儿媳", "女", 29)],
    [("户主", "女", 42), ("之女", "女", 17), ("之女", "女", 12)],
]  # fmt: skip
CAUSES = ["因病", "缺技术", "因学", "缺劳动力", "缺资金"]
BOOKLET = {"村": "行政村", "户号": "户编号", "人号": "人编号", "户主": "户主", "名": "姓名", "关系": "与户主关系", "性": "性别", "证": "身份证号码或残疾证号码", "生": "出生日期", "人数": "人数",
           "电话": "联系电话", "民族": "民族", "文化": "文化程度", "在校": "在校生情况", "健康": "健康状况或疾病类型", "劳动": "有无劳动能力", "居民": "城乡居民医保", "职工": "职工医保", "危房": "危房",
           "监测": "识别监测时间", "原因": "致贫原因", "工资": "工资性收入", "经营": "生产经营性收入", "财产": "财产性收入", "转移": "转移性收入", "支出": "生产经营性支出", "纯": "纯收入", "人均": "人均",
           "周期": "收入核算周期", "备注": "备注"}  # fmt: skip
EXPORT = BOOKLET | {"证": "证件号码", "在校": "在校生状况", "健康": "健康状况", "劳动": "劳动能力", "居民": "是否参加城乡居民基本医疗保险", "职工": "是否参加城镇职工基本医疗保险", "危房": "是否危房户",
                    "原因": "主要致贫原因", "人均": "人均纯收入"}  # fmt: skip
EXPORT = {key: header for key, header in EXPORT.items() if key not in ("户主", "备注")}
AMOUNTS = ("工资", "经营", "财产", "转移", "支出", "纯", "人均")


def check(digits):
    return "10X98765432"[sum(int(digit) * 2 ** (17 - at) for at, digit in enumerate(digits)) % 11]


def yuan(fen):
    return f"{fen // 100}" if fen % 100 == 0 else f"{fen / 100:.2f}"


def household(k):
    """The people of household k as both registers should have them."""
    family = FAMILIES[k % 6]
    size = len(family)
    wage, business, prop = (k % 7) * 4000 + 8000, (k % 5) * 1500 + 1000, 475 * (k % 4 == 0)
    transfer, cost = 300 * size + 113 * (k % 9), (k % 5) * 300
    net = wage + business + prop + transfer - cost
    head = ""
    for i, (relation, sex, age) in enumerate(family):
        birth = f"{2017 - age - k // 6 % 4:04d}-{(k * 7 + i * 5) % 9 + 1:02d}-{(k * 11 + i * 7) % 28 + 1:02d}"
        stem = "450499" + birth.replace("-", "") + f"{k * 10 + i * 2 + 100 + (sex == '男'):03d}"
        surname = SURNAMES[(k + (7 if relation in ("配偶", "之母", "之儿媳") else 0)) % 12]
        name = surname + FIRST[(k * 3 + i * 5) % 16] * ((k + i) % 7 != 0) + SECOND[(k * 5 + i * 4) % 17]
        head = head or name
        years = int("2017") - int(birth[:4])
        pupil = years < 19 and relation != "户主"
        yield {
            "村": VILLAGES[k], "户号": f"{5001 + k * 13}", "人号": f"{800001 + k * 70 + i * 13}", "户主": head, "名": name, "关系": relation, "性": sex, "证": stem + check(stem), "生": birth,
            "人数": str(size), "电话": f"100{k * 130007 + 12345678:08d}", "民族": "壮族" if k % 10 == 7 else "汉族",
            "文化": "" if pupil else "小学" if years > 50 else "初中", "在校": "" if not pupil else "小学" if years < 13 else "七年级" if years < 15 else "普通高中一年级",
            "健康": "长期慢性病" if years > 60 else "健康", "劳动": "无劳动力" if pupil or years > 64 else "普通劳动力", "居民": "是", "职工": "否", "危房": "否",
            "监测": f"2016-{k % 4 + 5:02d}" if k % 3 == 0 else "", "原因": CAUSES[k % 5], "工资": yuan(wage * 100), "经营": yuan(business * 100), "财产": yuan(prop * 100),
            "转移": yuan(transfer * 100), "支出": yuan(cost * 100), "纯": yuan(net * 100), "人均": yuan((net * 200 + size) // (2 * size)), "周期": "2016-10至2017-09", "备注": "",
        }  # fmt: skip


def dialect(row):
    """How 松坪村 writes; 囡 and 身体好 stand in no code list."""
    said = dict(row)
    said["关系"] = {"之子": "儿子", "之女": "囡", "之儿媳": "儿媳"}.get(row["关系"], row["关系"])
    for key in ("居民", "职工", "危房"):
        said[key] = {"是": "√", "否": "×"}.get(row[key], row[key])
    year, *rest = row["生"].split("-")
    said["生"] = ".".join([year, *(str(int(part)) for part in rest)])
    said["监测"] = ".".join(str(int(part)) for part in row["监测"].split("-")) if row["监测"] else ""
    said["健康"] = {"健康": "身体好"}.get(row["健康"], row["健康"])
    said["民族"], said["证"] = row["民族"].removesuffix("族"), row["证"].lower()
    said["文化"] = {"小学": "小学毕业", "初中": "初中毕业"}.get(row["文化"], row["文化"])
    if len(row["名"]) == 2:
        said["名"] = " ".join(row["名"])
    for key in AMOUNTS:
        said[key] = f"{float(row[key]):,.2f}元"
    return said


def registers():
    """Both registers with the faults; numbers F… are those of paper.csv."""
    ours = {k: [dict(row) for row in household(k)] for k in range(60)}
    theirs = {k: [dict(row) for row in household(k)] for k in range(60)}

    def all_of(rows, **values):
        for row in rows:
            row.update(values)

    ours[0][0]["性"] = "女"  # F1
    number = ours[1][0]["证"]
    ours[1][0]["证"] = number[:11] + str((int(number[11]) + 3) % 10) + number[12:]  # F2: a digit of the month
    theirs[2][4]["证"] = ""  # F3
    ours[4][2]["名"] = ours[4][2]["名"][0] + "致" + ours[4][2]["名"][2:]  # F4: 志 at that place in truth
    theirs[4][2]["名"] = theirs[4][2]["名"][0] + "志" + theirs[4][2]["名"][2:]
    ours[5][1]["生"] = ours[5][1]["生"][:8] + f"{int(ours[5][1]['生'][8:]) % 28 + 1:02d}"  # F20
    all_of(ours[6], 电话=ours[6][0]["电话"] + "、10099990001")  # F5
    all_of(ours[7], 人均=ours[7][0]["人均"].replace("8", "3", 1) if "8" in ours[7][0]["人均"] else "9" + ours[7][0]["人均"][1:])  # F6
    all_of(theirs[8], 人均=f"{float(theirs[8][0]['人均']) / 10000:.2f}")  # F7
    theirs[10][3]["关系"] = "之女婿"  # F8
    for row in ours[12]:  # F9: the year before
        row.update(工资="16000", 经营="3000", 财产="400", 转移="1100", 支出="500", 纯="20000", 人均="5000", 周期="2015-10至2016-09")
    ours[13][2]["劳动"] = "普通劳动力"  # F10
    ours[14][3]["在校"] = "小学"  # F11
    theirs[16][1]["职工"] = "是"  # F12
    del ours[18][3]  # F14
    del theirs[20][3]  # F15
    all_of(theirs[20], 人数="4")
    ours[22][3]["原因"] = "因病"  # F16
    for rows, at in ((ours, 12), (theirs, 13)):  # F17: another digit on either side
        number = rows[24][0]["证"]
        rows[24][0]["证"] = number[:at] + str((int(number[at]) + 2) % 10) + number[at + 1:]
    ours[25][1]["文化"] = "识字"  # F19
    for i, relation in ((2, "户主"), (3, "配偶")):  # F21
        theirs[28][i].update(户号="9901", 关系=relation)
    all_of(theirs[28], 人数="2")
    theirs[33][0].update({key: theirs[32][0][key] for key in ("户号", "电话", "监测", "原因", *AMOUNTS)}, 关系="其他")  # F22
    all_of(theirs[32] + theirs[33], 人数="6")
    all_of(theirs[34], 村="竹溪村")  # F23
    ours[36][2]["人号"], ours[36][3]["人号"] = ours[36][3]["人号"], ours[36][2]["人号"]  # F24
    ours[37][0]["名"] = ours[37][0]["名"][:-1] + "强"  # F25: the column 户主 keeps the right name
    theirs[38][1]["证"] += "43"  # F26
    ours[38][1]["健康"] = theirs[38][1]["健康"] = "残疾"
    all_of(ours[40], 电话=ours[40][0]["电话"][:-1] + str((int(ours[40][0]["电话"][-1]) + 5) % 10))  # F28
    all_of(ours[41], 危房="是")  # F29
    ours[42][1]["人号"] = ""  # F30
    all_of(ours[43], 户号="5650")  # F31
    ours[44][1]["关系"] = "户主"  # F32
    all_of(theirs[45], 转移=str(int(theirs[45][0]["转移"]) + 2000))  # F33
    for k in range(46, 60):  # not kept
        all_of(ours[k], 人号="")
    theirs[47][1]["名"], theirs[47][2]["名"] = "韦小娟", "韦小鹃"  # F34
    ours[47] = ours[47][:2]
    ours[47][1].update(名="韦小涓", 证="", 生="", 在校="")
    ours[48][3]["健康"], theirs[48][3]["健康"] = "健康", "患有大病"  # F35
    number = ours[50][1]["证"]
    stem = number[:16] + str(int(number[16]) + 1)
    ours[50][1]["证"] = stem + check(stem)  # F36
    ours[52][2]["生"] = ""  # F37
    ours[54].append(ours[54][2] | {"名": "卢安", "关系": "之女", "性": "女", "证": "", "生": "2017-08-03", "在校": "", "文化": "", "劳动": "无劳动力"})  # F38
    all_of(ours[54] + theirs[54], 人数="5")
    all_of(ours[57], 监测="2016-07")  # F39
    all_of(theirs[57], 监测="2016-08")
    ours[51] = []  # F40: an old man who lives alone
    all_of(ours[56], 工资="约3000")  # F41
    ours[17].append(dict(ours[17][2]))  # F13
    theirs[39].append(theirs[39][0] | {"人号": "899999"})  # F27
    return ours, theirs


def main(folder):
    ours, theirs = registers()
    booklet = [row for village in BOOKLET_ORDER for k in range(60) if VILLAGES[k] == village for row in ours[k]]
    export = [row for k in range(60) for row in theirs[k]]
    for row in booklet:
        row["劳动"] = "有" if row["劳动"] == "普通劳动力" else "无"
        if row["村"] == "松坪村":
            row["劳动"] = {"有": "√", "无": "×"}[row["劳动"]]
    with (folder / "手册.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["三村手册登记（虚构）"])
        out.writerow(BOOKLET.values())
        for row in booklet:
            said = dialect(row) if row["村"] == "松坪村" else row
            out.writerow([said[key] for key in BOOKLET])
        out.writerow(["合计", "", "", "", f"{len(booklet)}人"])
    with (folder / "系统.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(EXPORT.values())
        out.writerows([row[key] for key in EXPORT] for row in export)
    for name, rows, first in (("手册", booklet, 3), ("系统", export, 2)):
        for at, row in enumerate(rows, start=first):
            print(name, at, row["户号"], row["人号"], row["名"], row["关系"], row["性"], row["生"], row["证"], row["人数"], row["转移"], row["纯"], row["人均"], row["在校"], row["监测"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
