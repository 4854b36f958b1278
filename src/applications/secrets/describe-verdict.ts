/** What a pasted secret is, for its developer: what the server makes of it, and what to do. */
import { showDate } from '../../languages/show-date.js';
import { SECRET_FORMAT } from './client-secrets.js';
import { nameSecret } from './name-secret.js';
import type { Flaw, Recognised, Verdict } from './recognise-secret.js';
import type { WhyEnded } from './retired-secrets.js';

export interface Told {
  isGood: boolean;
  lines: string[];
  /** The application it belongs to. */
  link?: { href: string; label: string };
}

const FLAWS: Record<Flaw, string> = {
  'space-around': 'white space around it',
  'space-within': 'white space or a line break within it',
  quotes: 'quotation marks around it',
};

const ENDS: Record<WhyEnded, string> = {
  retired: 'was retired',
  expired: 'expired',
  leaked: 'was found in public, and revoked',
};

const MISTAKES: Record<Exclude<Verdict['is'], 'right' | 'ended' | 'of-another'>, string> = {
  hash: 'This is the hash of a secret, as a database stores it. What an application has to send is the secret itself, which was shown when it was made and cannot be found from its hash. If nobody has kept it, make a new one.',
  'client-id': 'This is the client id. The secret is the other, longer one.',
  'personal-token': "This is somebody's personal access token, and no client secret.",
  'api-token':
    'This is an API token, with which scripts manage applications at /api/applications, and no client secret.',
  cut: `It begins like a secret of this server, but its checksum is wrong: it was cut off or mistyped. A whole one has ${SECRET_FORMAT.length} characters.`,
  empty: 'Nothing was pasted.',
  unknown:
    'This is no secret of this application. It may be that of another one, or of another server, or one that was retired more than a week ago.',
};

export function describeVerdict({ verdict, flaw }: Recognised): Told {
  const flawed = flaw && `What was pasted has ${FLAWS[flaw]}.`;
  switch (verdict.is) {
    case 'right': {
      const line = `${nameSecret(verdict.secret)} is right, and it works.`;
      if (!flawed) return { isGood: true, lines: [line] };
      return { isGood: false, lines: [flawed, `Without that it is right: ${lowerFirst(line)}`] };
    }
    case 'ended': {
      const { why, endedAt } = verdict.secret;
      const line = `${nameSecret(verdict.secret)} ${ENDS[why]} on ${showDate(endedAt, 'en')}. It is refused now; put another one in its place.`;
      return { isGood: false, lines: [line, ...(flawed ? [flawed] : [])] };
    }
    case 'of-another': {
      const { id, name } = verdict.application;
      return {
        isGood: false,
        lines: [
          'This secret works, but at another application: either it or the client id is the wrong one.',
        ],
        link: { href: `/applications/${id}`, label: name },
      };
    }
    default:
      return { isGood: false, lines: [MISTAKES[verdict.is], ...(flawed ? [flawed] : [])] };
  }
}

const lowerFirst = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);
