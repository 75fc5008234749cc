from django.http import JsonResponse


def calculate(request):
    # ruleid: code-injection
    return JsonResponse({"result": eval(request.POST["expression"])})
