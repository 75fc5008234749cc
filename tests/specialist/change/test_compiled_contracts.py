"""Callers in Go and Java that a changed function leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Scan = Callable[..., Any]
GO = "package store\n\nfunc Open(path string, limit int) error { return nil }\n"
GO_USE = 'package main\n\nimport "example.org/app/store"\n\nfunc run() { store.Open("a", 1) }\n'
JAVA = "package shop;\npublic class Store {\n  public void put(String a, int b) {}\n}\n"
JAVA_USE = (
    "package web;\nimport shop.Store;\nclass Page {\n  private Store store;\n"
    '  void save() { store.put("a", 1); }\n}\n'
)


def test_a_call_from_another_package_of_go_is_left_behind(scan: Scan) -> None:
    before = {"store/open.go": GO, "main.go": GO_USE}
    new = GO.replace("limit int", "limit int, mode int")
    [(rule, path, line, message)] = scan("compiled", before, {"store/open.go": new})
    assert (rule, path, line) == ("signature-callers", "store/open.go", 3)
    assert "main.go:5 passes 2 arguments" in message


@pytest.mark.parametrize(
    "new",
    [
        GO.replace("limit int", "limit int, rest ...int"),
        GO.replace("path string, limit int", "path, limit string"),
        GO.replace("return nil", "return err"),
        GO.replace("func Open", "func Other() {}\n\nfunc Open"),
    ],
)
def test_a_change_of_go_that_calls_still_fit_says_nothing(new: str, scan: Scan) -> None:
    assert scan("compiled", {"store/open.go": GO, "main.go": GO_USE}, {"store/open.go": new}) == []


@pytest.mark.parametrize(
    "use",
    [
        GO_USE.replace("app/store", "app/other/storage"),
        GO_USE.replace('"a", 1', "pair()"),
        GO_USE.replace('"a", 1', "all..."),
        GO_USE.replace('store.Open("a", 1)', "x.Open(1, 2)"),
    ],
)
def test_a_call_of_something_else_in_go_is_not_judged(use: str, scan: Scan) -> None:
    new = GO.replace("limit int", "limit int, mode int")
    assert scan("compiled", {"store/open.go": GO, "main.go": use}, {"store/open.go": new}) == []


def test_an_alias_and_the_own_package_are_callers_as_well(scan: Scan) -> None:
    alias = GO_USE.replace('import "', 'import db "').replace("store.Open", "db.Open")
    own = 'package store\n\nfunc again() { Open("a", 1) }\n'
    before = {"store/open.go": GO, "main.go": alias, "store/again.go": own}
    new = GO.replace("path string, limit int", "path string")
    [(_, _, _, message)] = scan("compiled", before, {"store/open.go": new})
    assert "main.go:5" in message
    assert "store/again.go:3" in message


def test_a_function_of_go_that_goes_is_told_unless_a_sibling_file_has_it(scan: Scan) -> None:
    before = {"store/open.go": GO, "main.go": GO_USE}
    empty = "package store\n\nfunc Other() {}\n"
    [(rule, _, line, _)] = scan("compiled", before, {"store/open.go": empty})
    assert (rule, line) == ("name-removed-in-use", 3)
    moved = {"store/open.go": empty, "store/moved.go": GO}
    assert scan("compiled", before, moved) == []


def test_a_call_through_a_field_of_java_is_left_behind(scan: Scan) -> None:
    before = {"shop/Store.java": JAVA, "web/Page.java": JAVA_USE}
    new = JAVA.replace("int b", "int b, boolean now")
    [(rule, path, line, message)] = scan("compiled", before, {"shop/Store.java": new})
    assert (rule, path, line) == ("signature-callers", "shop/Store.java", 3)
    assert "web/Page.java:5" in message


def test_a_constructor_of_java_has_callers_too(scan: Scan) -> None:
    home = "package shop;\npublic class Store {\n  public Store(String a) {}\n}\n"
    use = 'package shop;\nclass Page {\n  Object a() { return new Store("a"); }\n}\n'
    new = home.replace("String a", "String a, int b")
    before = {"shop/Store.java": home, "shop/Page.java": use}
    assert len(scan("compiled", before, {"shop/Store.java": new})) == 1


@pytest.mark.parametrize(
    "new",
    [
        JAVA.replace("}\n}", "}\n  public void put(String a, int b, int c) {}\n}"),
        JAVA.replace("int b", "int... b"),
        JAVA.replace("class Store", "class Store extends Base").replace("int b", "int b, int c"),
        JAVA.replace("String a, int b", "Object x, long y"),
    ],
)
def test_a_change_of_java_that_calls_may_still_fit_says_nothing(new: str, scan: Scan) -> None:
    before = {"shop/Store.java": JAVA, "web/Page.java": JAVA_USE}
    assert scan("compiled", before, {"shop/Store.java": new}) == []


@pytest.mark.parametrize(
    "use",
    [
        JAVA_USE.replace("import shop.Store", "import other.Store"),
        JAVA_USE.replace("void save()", "void save(Other store)"),
        JAVA_USE.replace("private Store store", "private Other store"),
    ],
)
def test_a_class_of_the_same_name_elsewhere_is_not_judged(use: str, scan: Scan) -> None:
    before = {"shop/Store.java": JAVA, "web/Page.java": use}
    new = JAVA.replace("int b", "int b, boolean now")
    assert scan("compiled", before, {"shop/Store.java": new}) == []
