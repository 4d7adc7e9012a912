# Django: request.body in a view with csrf_exempt (without it 403), and a limit above 2.5 MB (over it 400).
import os
import sys

from django.conf import settings

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    SECRET_KEY="of no use here",
    DATA_UPLOAD_MAX_MEMORY_SIZE=8 * 1024 * 1024,
)

from django.core.management import execute_from_command_line  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from standardwebhooks.webhooks import Webhook, WebhookVerificationError  # noqa: E402

webhook = Webhook(os.environ["TWOTICK_HOOK_SECRET"].split(",")[0].strip())


@csrf_exempt
def receive(request):
    try:
        event = webhook.verify(request.body, request.headers)  # not request.META
    except WebhookVerificationError:
        return HttpResponse(status=401)
    print(request.headers["webhook-id"], event["type"], flush=True)
    return HttpResponse(status=204)


urlpatterns = [path("", receive)]

if __name__ == "__main__":
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", "127.0.0.1:" + os.environ["PORT"]])
