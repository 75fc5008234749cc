from django.db import transaction
from django.http import JsonResponse

from .models import Account


@transaction.atomic
def transfer(request):
    amount = int(request.POST["amount"])
    source = Account.objects.select_for_update().get(owner=request.user)
    # ruleid: unchecked-amount
    source.balance -= amount
    source.save()
    return JsonResponse({"left": source.balance})
