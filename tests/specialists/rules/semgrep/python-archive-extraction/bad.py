import tarfile


def unpack(path, folder):
    with tarfile.open(path) as archive:
        # ruleid: python-archive-extraction
        archive.extractall(folder)
