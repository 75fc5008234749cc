module.exports = {
  security: {
    csrf: true,
  },
};
const server = new ApolloServer({ schema, csrfPrevention: true });
