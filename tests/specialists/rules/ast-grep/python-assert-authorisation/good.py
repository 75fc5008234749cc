def delete(request, item):
    if not request.user.is_superuser:
        raise PermissionDenied
    assert item is not None
    item.delete()


def test_admin(client, user):
    response = client.get("/")
    assert response.status_code == 200
    assert response.json()
    assert user.name == "a"
    assert user.is_admin
