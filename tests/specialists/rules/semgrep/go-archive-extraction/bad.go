package pack

func extract(folder string, archive *zip.Reader) error {
	for _, file := range archive.File {
		// ruleid: go-archive-extraction
		target := filepath.Join(folder, file.Name)
		if err := write(target, file); err != nil {
			return err
		}
	}
	return nil
}

func untar(folder string, tr *tar.Reader) error {
	for {
		header, err := tr.Next()
		if err != nil {
			return err
		}
		// ruleid: go-archive-extraction
		write(filepath.Join(folder, header.Name), tr)
	}
}
