urlpatterns = [
    path("graphql", GraphQLView.as_view(schema=schema, graphiql=settings.DEBUG)),
    path("plain", GraphQLView.as_view(schema=schema)),
]
