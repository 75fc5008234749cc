package main

import "example.org/shop/store"

func main() { _ = store.Open("a") }
