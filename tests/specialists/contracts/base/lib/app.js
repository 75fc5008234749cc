const store = require("./store");

store.put("a", 1);
store.drop("a");
