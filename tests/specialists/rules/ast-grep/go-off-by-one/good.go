package sum

func sum(values []int) int {
	total := 0
	for i := 0; i < len(values); i++ {
		total += values[i]
	}
	for i := 0; i <= len(values); i++ {
		use(values[:i])
	}
	return total
}
