def always_bad(kind, amount):
    if kind == 0 and amount > 0:
        return 0
    if kind == 1 and amount > 1:
        return 1
    if kind == 2 and amount > 2:
        return 2
    if kind == 3 and amount > 3:
        return 3
    if kind == 4 and amount > 4:
        return 4
    if kind == 5 and amount > 5:
        return 5
    if kind == 6 and amount > 6:
        return 6
    if kind == 7 and amount > 7:
        return 7
    if kind == 8 and amount > 8:
        return 8
    if kind == 9 and amount > 9:
        return 9
    if kind == 10 and amount > 10:
        return 10
    if kind == 11 and amount > 11:
        return 11
    if kind == 12 and amount > 12:
        return 12
    return 0


def grows(kind, amount):
    if kind == 0 and amount > 0:
        return 0
    if kind == 1 and amount > 1:
        return 1
    if kind == 2 and amount > 2:
        return 2
    if kind == 3 and amount > 3:
        return 3
    if kind == 4 and amount > 4:
        return 4
    if kind == 5 and amount > 5:
        return 5
    if kind == 6 and amount > 6:
        return 6
    if kind == 7 and amount > 7:
        return 7
    return 0


def shrinks(kind, amount):
    if kind == 0 and amount > 0:
        return 0
    if kind == 1 and amount > 1:
        return 1
    if kind == 2 and amount > 2:
        return 2
    if kind == 3 and amount > 3:
        return 3
    if kind == 4 and amount > 4:
        return 4
    if kind == 5 and amount > 5:
        return 5
    if kind == 6 and amount > 6:
        return 6
    if kind == 7 and amount > 7:
        return 7
    if kind == 8 and amount > 8:
        return 8
    if kind == 9 and amount > 9:
        return 9
    if kind == 10 and amount > 10:
        return 10
    if kind == 11 and amount > 11:
        return 11
    if kind == 12 and amount > 12:
        return 12
    if kind == 13 and amount > 13:
        return 13
    return 0
