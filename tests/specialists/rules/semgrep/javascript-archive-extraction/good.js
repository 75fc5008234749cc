fs.createReadStream(archive).pipe(unzipper.Parse()).on("entry", (entry) => {
  const target = path.resolve(folder, entry.path);
  if (!target.startsWith(folder + path.sep)) return entry.autodrain();
  entry.pipe(fs.createWriteStream(target));
});

for (const zipEntry of zip.getEntries()) {
  fs.writeFileSync(path.join(folder, path.basename(zipEntry.entryName)), zipEntry.getData());
}
