/** What superusers see. */
import { fill, send } from './forms.js';
import type { Stop } from './stops.js';

const page = (name: string, view: string, path: string): Stop => ({
  name,
  view,
  visitor: 'root',
  open: (opened) => opened.goto(path),
});

export const administrationStops: Stop[] = [
  page('administration', 'administration/overview', '/admin'),
  page('users', 'administration/users', '/admin/users'),
  page('users-not-found', 'administration/users', '/admin/users?q=nobody+has+this+name'),
  page('new-user', 'administration/new-user', '/admin/users/new'),
  {
    name: 'new-user-refused',
    view: 'administration/new-user',
    visitor: 'root',
    async open(opened) {
      await opened.goto('/admin/users/new');
      await fill(opened, { username: 'ada', email: 'nowhere', password: 'short' });
      await send(opened, '/admin/users/new');
    },
  },
  {
    name: 'user',
    view: 'administration/user',
    visitor: 'root',
    open: (opened, { people }) => opened.goto(`/admin/users/${people.ada}`),
  },
  {
    name: 'user-action',
    view: 'administration/confirm',
    visitor: 'root',
    open: (opened, { people }) => opened.goto(`/admin/users/${people.ada}/disable`),
  },
  page('groups', 'administration/groups', '/admin/groups'),
  {
    name: 'group',
    view: 'administration/group',
    visitor: 'root',
    async open(opened) {
      await opened.goto('/admin/groups');
      await opened.getByRole('link', { name: 'editors' }).click();
    },
  },
  {
    name: 'delete-group',
    view: 'administration/confirm',
    visitor: 'root',
    async open(opened) {
      await opened.goto('/admin/groups');
      await opened.getByRole('link', { name: 'editors' }).click();
      await opened.getByRole('link', { name: 'Delete' }).click();
    },
  },
  page('audit', 'administration/audit', '/admin/audit'),
  page('audit-none', 'administration/audit', '/admin/audit?event=nothing'),
  page('audit-refused', 'administration/audit', '/admin/audit?from=yesterday&person=ada'),
];
