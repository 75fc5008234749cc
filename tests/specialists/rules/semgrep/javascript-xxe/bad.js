const libxml = require("libxmljs");

// ruleid: javascript-xxe
const document = libxml.parseXml(body, { noent: true });
