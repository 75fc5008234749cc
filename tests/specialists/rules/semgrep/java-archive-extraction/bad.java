class Unpack {
  void unpack(ZipInputStream zip, File folder) throws IOException {
    ZipEntry entry;
    while ((entry = zip.getNextEntry()) != null) {
      // ruleid: java-archive-extraction
      File target = new File(folder, entry.getName());
      write(zip, target);
    }
  }
}
