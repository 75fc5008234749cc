def create(request, fields):
    User.objects.create(**fields)
    return User.objects.create(name=request.POST["name"])
