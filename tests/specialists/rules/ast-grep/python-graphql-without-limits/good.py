schema = strawberry.Schema(query=Query, extensions=[QueryDepthLimiter(max_depth=8)])
