const libxml = require("libxmljs");

const document = libxml.parseXml(body, { noblanks: true });
