module.exports = {
  security: {
    // ruleid: javascript-csrf-off
    csrf: false,
  },
};
// ruleid: javascript-csrf-off
const server = new ApolloServer({ schema, csrfPrevention: false });
