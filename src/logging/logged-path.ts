// The id of a sign-in in progress is the value of its cookie as well.
const SIGN_IN_ID = /^(\/interaction|(?:\/o)?\/authorize|\/o\/device)\/[^/]+/;

/** What of a URL may be logged: neither the query, where codes, tokens and states are, nor the id of a sign-in. */
export function loggedPath(url: string): string {
  return url.split('?', 1)[0]!.replace(SIGN_IN_ID, '$1/:uid');
}
