def create(request):
    # ruleid: python-mass-assignment
    return User.objects.create(**request.data)


@app.post("/users")
def register():
    # ruleid: python-mass-assignment
    db.session.add(User(**request.json))
