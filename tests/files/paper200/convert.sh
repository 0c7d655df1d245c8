#!/bin/sh
# The workbooks from the CSV, saved by LibreOffice; column types: 1 general, 2 text, 5 year-month-day.
set -e
cd "$(dirname "$0")"
python3 make.py . > /dev/null
types() { python3 - "$@" <<'PY'
import csv, sys
path, line, *general = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    head = list(csv.reader(file))[int(line)]
print("/".join(f"{at}/{1 if name in general else 5 if name == '出生日期' and '系统' in path else 2}" for at, name in enumerate(head, 1)))
PY
}
amounts="工资性收入 生产经营性收入 财产性收入 转移性收入 生产经营性支出 纯收入 人均 人均纯收入"
for name in 手册 系统; do
    line=0; [ $name = 手册 ] && line=1
    soffice --headless "-env:UserInstallation=file:///tmp/paper200.office" --infilter="CSV:44,34,76,1,$(types $name.csv $line $amounts)" --convert-to xlsx $name.csv > /dev/null
    rm $name.csv
done
