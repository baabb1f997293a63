"""The addresses of the API, of its main calls without the prefix, and of OAuth."""

from django.urls import path

from memories.api import around, auditing, searching, tokens, views
from memories.api import oauth as oauth_views

main = [
    path("memory/store", views.StoreView.as_view(), name="store"),
    path("memory/retrieve", views.RetrieveView.as_view(), name="retrieve"),
    path("memory/search", searching.SearchView.as_view(), name="search"),
]

oauth = [
    path(
        ".well-known/oauth-authorization-server",
        oauth_views.MetadataView.as_view(),
        name="metadata",
    ),
    path("oauth/authorize", oauth_views.AuthorizeView.as_view(), name="authorize"),
    path("oauth/token", oauth_views.OAuthTokenView.as_view(), name="token"),
]

urlpatterns = [
    *main,
    path("memory/store/batch", views.StoreBatchView.as_view(), name="store-batch"),
    path("memory/suggest", searching.SuggestView.as_view(), name="suggest"),
    path("memory/<str:memory_id>", views.MemoryView.as_view(), name="memory"),
    path("memory/<str:memory_id>/history", views.HistoryView.as_view(), name="history"),
    path(
        "memory/<str:memory_id>/related",
        searching.RelatedView.as_view(),
        name="related",
    ),
    path("memory/<str:memory_id>/shares", around.SharesView.as_view(), name="shares"),
    path("memory/<str:memory_id>/access", around.AccessView.as_view(), name="access"),
    path(
        "memory/<str:memory_id>/annotations",
        around.AnnotationsView.as_view(),
        name="annotations",
    ),
    path("schemas", views.SchemasView.as_view(), name="schemas"),
    path("schemas/<str:type_>", views.SchemaView.as_view(), name="schema-of-type"),
    path(
        "schemas/<str:type_>/<int:version>",
        views.SchemaVersionView.as_view(),
        name="schema-of-version",
    ),
    path("auth/token", tokens.TokenView.as_view(), name="token"),
    path("auth/token/refresh", tokens.RefreshView.as_view(), name="token-refresh"),
    path("auth/token/revoke", tokens.RevokeView.as_view(), name="token-revoke"),
    path("audit", auditing.AuditView.as_view(), name="audit"),
    path("stats", views.StatsView.as_view(), name="stats"),
]
