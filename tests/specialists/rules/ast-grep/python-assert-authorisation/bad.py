def delete(request, item):
    # ruleid: python-assert-authorisation
    assert request.user.is_superuser
    # ruleid: python-assert-authorisation
    assert request.user.has_perm("shop.delete_item"), "not allowed"
    item.delete()
