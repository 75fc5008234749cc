const nunjucks = require("nunjucks");
const Handlebars = require("handlebars");

nunjucks.configure("views", { autoescape: true, express: app });
const page = Handlebars.compile(source);
Handlebars.registerHelper("bold", (text) => {
  return new Handlebars.SafeString("<b>" + Handlebars.escapeExpression(text) + "</b>");
});
