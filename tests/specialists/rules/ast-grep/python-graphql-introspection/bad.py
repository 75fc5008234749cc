urlpatterns = [
    # ruleid: python-graphql-introspection
    path("graphql", GraphQLView.as_view(schema=schema, graphiql=True)),
]
