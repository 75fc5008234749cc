const server = new ApolloServer({ typeDefs, resolvers, validationRules: [depthLimit(8)] });
const shared = new ApolloServer({ ...options });
const guarded = new ApolloServer({ typeDefs, resolvers, plugins: [armor.protect()] });
