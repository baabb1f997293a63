"""Where everything is."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from connectors.views import webhook
from memories.api.urls import main, oauth
from memoryhub import health, metrics

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("memories.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(metadata_class=None), name="schema"),
    path(
        "api/docs/",
        SpectacularSwaggerSplitView.as_view(url_name="schema", metadata_class=None),
        name="docs",
    ),
    path("", include((main, "short"))),
    path("", include((oauth, "oauth"))),
    path("webhooks/<str:name>", webhook, name="webhook"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", metrics.expose, name="metrics"),
]

handler400 = "memoryhub.pages.bad_request"
handler403 = "memoryhub.pages.forbidden"
handler404 = "memoryhub.pages.not_found"
handler500 = "memoryhub.pages.server_error"
