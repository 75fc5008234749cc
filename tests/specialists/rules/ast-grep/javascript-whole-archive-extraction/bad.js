const AdmZip = require("adm-zip");

function unpack(upload) {
  const zip = new AdmZip(upload.data);
  // ruleid: javascript-whole-archive-extraction
  zip.extractAllTo("/srv/files", true);
}

// ruleid: javascript-whole-archive-extraction
tar.x({ file: "upload.tar", cwd: "/srv/files", preservePaths: true });
