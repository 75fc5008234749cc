class Unpack {
  void unpack(ZipInputStream zip, Path folder) throws IOException {
    ZipEntry entry;
    while ((entry = zip.getNextEntry()) != null) {
      Path target = folder.resolve(entry.getName()).normalize();
      if (!target.startsWith(folder)) {
        throw new IOException("outside");
      }
      write(zip, target);
    }
  }
}
