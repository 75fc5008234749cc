// ruleid: javascript-slow-regex
const words = /^(\w+\s?)*$/;
// ruleid: javascript-slow-regex
const letters = /^([a-zA-Z]+)*$/;
// ruleid: javascript-slow-regex
const name = /(.*)*x/;
