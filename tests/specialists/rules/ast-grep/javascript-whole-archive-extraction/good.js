const AdmZip = require("adm-zip");

function unpack(upload) {
  for (const entry of new AdmZip(upload.data).getEntries()) {
    if (entry.entryName.includes("..")) throw new Error("refused");
  }
}

tar.x({ file: "upload.tar", cwd: "/srv/files" });
