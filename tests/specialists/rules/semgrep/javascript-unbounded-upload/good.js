const multer = require("multer");
const upload = multer({ dest: "uploads/", limits: { fileSize: 1_000_000 } });
const shared = multer(options);
