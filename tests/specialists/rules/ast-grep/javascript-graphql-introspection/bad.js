const server = new ApolloServer({
  typeDefs,
  resolvers,
  // ruleid: javascript-graphql-introspection
  introspection: true,
});
// ruleid: javascript-graphql-introspection
app.use("/graphql", graphqlHTTP({ schema, graphiql: true }));
