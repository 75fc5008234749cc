def create(request):
    form = UserForm(request.POST)
    return User.objects.create(name=request.POST["name"], email=form.cleaned_data["email"])
