fs.createReadStream(archive).pipe(unzipper.Parse()).on("entry", (entry) => {
  const target = path.join(folder, entry.path);
  // ruleid: javascript-archive-extraction
  entry.pipe(fs.createWriteStream(target));
});

for (const zipEntry of zip.getEntries()) {
  // ruleid: javascript-archive-extraction
  fs.writeFileSync(path.join(folder, zipEntry.entryName), zipEntry.getData());
}
