const multer = require("multer");
// ruleid: javascript-unbounded-upload
const upload = multer({ dest: "uploads/" });
// ruleid: javascript-unbounded-upload
const memory = multer({ storage: multer.memoryStorage() });
