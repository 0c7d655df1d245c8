"""Tables written as text, so that a specification can be read without knowing the code.

    rows('''
        name   | birth
        -------+-----------
        陈小满 | 1980-01-02
    ''')

gives one dictionary per line; a blank cell is None.
"""


def rows(text: str) -> list[dict[str, str | None]]:
    """Return the table's lines as dictionaries of stripped text; blank cells are None."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    head = [cell.strip() for cell in lines[0].split("|")]
    found: list[dict[str, str | None]] = []
    for line in lines[1:]:
        if set(line) <= set("-+ "):
            continue
        cells = [cell.strip() or None for cell in line.split("|")]
        if len(cells) != len(head):
            raise ValueError(f"this line has {len(cells)} cells, the head has {len(head)}: {line}")
        found.append(dict(zip(head, cells, strict=True)))
    return found
