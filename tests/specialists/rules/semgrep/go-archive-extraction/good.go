package pack

func extract(folder string, archive *zip.Reader) error {
	for _, file := range archive.File {
		if !filepath.IsLocal(file.Name) {
			return errOutside
		}
		target := filepath.Join(folder, file.Name)
		if err := write(target, file); err != nil {
			return err
		}
	}
	return nil
}

func list(folder string, entries []fs.DirEntry) {
	for _, entry := range entries {
		use(filepath.Join(folder, entry.Name()))
	}
}
