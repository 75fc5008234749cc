package sum

func sum(values []int) int {
	total := 0
	// ruleid: go-off-by-one
	for i := 0; i <= len(values); i++ {
		total += values[i]
	}
	return total
}
