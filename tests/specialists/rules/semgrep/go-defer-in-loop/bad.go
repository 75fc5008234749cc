package shop

import "os"

func read(paths []string) error {
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		// ruleid: go-defer-in-loop
		defer file.Close()
	}
	return nil
}
