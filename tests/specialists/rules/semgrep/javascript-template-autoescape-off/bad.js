const nunjucks = require("nunjucks");
const Handlebars = require("handlebars");

// ruleid: javascript-template-autoescape-off
nunjucks.configure("views", { autoescape: false, express: app });
// ruleid: javascript-template-autoescape-off
const page = Handlebars.compile(source, { noEscape: true });
Handlebars.registerHelper("bold", (text) => {
  // ruleid: javascript-template-autoescape-off
  return new Handlebars.SafeString("<b>" + text + "</b>");
});
