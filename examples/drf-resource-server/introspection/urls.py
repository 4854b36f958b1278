from bare_django.urls import *

# Connect, in the developer portal, shows what follows.
from django.urls import path
from views import Groups, Notes

urlpatterns += [path("api/notes/", Notes.as_view()), path("api/groups/", Groups.as_view())]
