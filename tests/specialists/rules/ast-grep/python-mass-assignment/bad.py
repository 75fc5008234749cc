def create(request):
    # ruleid: python-mass-assignment
    return User.objects.create(**request.data)
