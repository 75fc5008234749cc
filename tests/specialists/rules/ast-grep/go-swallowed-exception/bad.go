package load

func load(name string) Config {
	var config Config
	// ruleid: go-swallowed-exception
	text, _ := os.ReadFile(name)
	// ruleid: go-swallowed-exception
	_ = json.Unmarshal(text, &config)
	return config
}
