package load

func load(name string) (Config, error) {
	var config Config
	text, err := os.ReadFile(name)
	if err != nil {
		return config, err
	}
	return config, json.Unmarshal(text, &config)
}
