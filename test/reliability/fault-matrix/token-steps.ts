/** Everything a program asks for: the grants of the token endpoint, introspection, revocation, and who am I. */
import type { Answer } from '../../support/oauth.js';
import {
  basic,
  byPassword,
  exchange,
  get,
  introspect,
  post,
  profile,
  refresh,
  revoke,
  signInAt,
  token,
} from '../../support/oauth.js';
import { getCode, PASSWORD, type TestApplication } from '../../support/people.js';
import { approveDevice, startDevice } from './device.js';
import {
  type Attempt,
  countEvents,
  countLiveTokens,
  DEVICE_GRANT,
  expectThat,
  newApp,
  newPerson,
  type Outcome,
  type Stage,
  type State,
  type Step,
  withItsEvent,
} from './step.js';

const outcome = ({ status, headers }: Answer, isAccepted: boolean): Outcome => ({
  status,
  headers,
  isAccepted,
});

const describe = ({ status, body }: Answer) => `${status} ${JSON.stringify(body).slice(0, 200)}`;

/** A request for tokens: what is answered works, and asking again gives tokens, or the refusal that is right. */
function askForTokens(
  stage: Stage,
  app: TestApplication,
  ask: () => Promise<Answer>,
  { isRightRefusal = (_answer: Answer): boolean => false, mostLive = 2 } = {},
): Attempt {
  let answered: Answer | undefined;
  return {
    async send() {
      answered = await ask();
      return outcome(answered, answered.status === 200);
    },
    async findState(): Promise<State> {
      if (answered?.status !== 200) return 'nothing';
      const { body } = await introspect(stage, app, answered.body.access_token);
      return body.active ? 'all' : 'half: the token that was answered does not work';
    },
    async again() {
      const answer = await ask();
      const isRefused = answer.status !== 200 && isRightRefusal(answer);
      expectThat(answer.status === 200 || isRefused, `asked again: ${describe(answer)}`);
      const live = await countLiveTokens(stage, app);
      if (isRefused) return expectThat(live === 0, `${live} tokens live after a refusal`);
      const { body } = await introspect(stage, app, answer.body.access_token);
      expectThat(body.active === true, 'the token of the second try does not work');
      expectThat(live <= mostLive, `${live} tokens live`);
    },
  };
}

const clientCredentials: Step = {
  name: 'token: client_credentials',
  async prepare(stage) {
    const app = await newApp(stage);
    return askForTokens(stage, app, () => token(stage, app, { grant_type: 'client_credentials' }));
  },
};

const usedBefore = ({ status, body }: Answer) => status === 400 && body.error === 'invalid_grant';

const code: Step = {
  name: 'token: authorization_code',
  async prepare(stage) {
    const app = await newApp(stage);
    const value = await getCode(stage.alice, app, { scope: 'openid read' });
    const ask = () => exchange(stage, app, value);
    return askForTokens(stage, app, ask, { isRightRefusal: usedBefore, mostLive: 1 });
  },
};

const refreshing: Step = {
  name: 'token: refresh_token',
  async prepare(stage) {
    const app = await newApp(stage);
    const { refresh_token: value } = await signInAt(stage, stage.alice, app, { scope: 'openid read' });
    // Within the grace a lost answer is given again, so there is no refusal that would be right.
    return askForTokens(stage, app, () => refresh(stage, app, value), { mostLive: 1 });
  },
};

const password: Step = {
  name: 'token: password',
  async prepare(stage) {
    const app = await newApp(stage);
    const username = await newPerson(stage);
    const ask = () => token(stage, app, { grant_type: 'password', username, password: PASSWORD });
    const attempt = askForTokens(stage, app, ask);
    return {
      ...attempt,
      async findState() {
        const state = await attempt.findState();
        if (state !== 'all') return state;
        return withItsEvent(true, await countEvents(stage, 'login.succeeded', { username }));
      },
    };
  },
};

const devicePoll: Step = {
  name: 'token: device_code',
  async prepare(stage) {
    const app = await newApp(stage);
    const started = await startDevice(stage, app);
    await approveDevice(stage.alice, started.user_code);
    const ask = () => token(stage, app, { grant_type: DEVICE_GRANT, device_code: started.device_code });
    const attempt = askForTokens(stage, app, ask);
    return {
      ...attempt,
      // The device has to start over when its answer was lost: what it was given is not handed out twice. It is left alone
      // (src/grants/device-code.ts), so either way there is one token, and a spent code without any would be half done.
      async again() {
        const answer = await ask();
        expectThat(answer.status === 200 || usedBefore(answer), `asked again: ${describe(answer)}`);
        const live = await countLiveTokens(stage, app);
        expectThat(live === 1, `${live} tokens live after asking again: ${describe(answer)}`);
        if (answer.status !== 200) return;
        const { body } = await introspect(stage, app, answer.body.access_token);
        expectThat(body.active === true, 'the token of the second try does not work');
      },
    };
  },
};

const deviceAuthorization: Step = {
  name: 'device authorization',
  async prepare(stage) {
    const app = await newApp(stage);
    const ask = () => post(stage, '/o/device-authorization', { scope: 'read' }, basic(app));
    let answered: Answer | undefined;
    const isKnown = async ({ body }: Answer) => {
      const answer = await token(stage, app, { grant_type: DEVICE_GRANT, device_code: body.device_code });
      return answer.body.error === 'authorization_pending';
    };
    return {
      async send() {
        answered = await ask();
        return outcome(answered, answered.status === 200);
      },
      async findState() {
        if (answered?.status !== 200) return 'nothing';
        return (await isKnown(answered)) ? 'all' : 'half: the code that was answered is not known';
      },
      again: async () => expectThat(await isKnown(await ask()), 'the second code is not known'),
    };
  },
};

function revocation(kind: 'access_token' | 'refresh_token'): Step {
  return {
    name: `revocation of an ${kind === 'access_token' ? 'access' : 'refresh'} token`.replace('an r', 'a r'),
    async prepare(stage) {
      const app = await newApp(stage);
      const tokens = await signInAt(stage, stage.alice, app, { scope: 'openid read' });
      const ask = () => revoke(stage, app, tokens[kind]);
      const findState = async () => {
        const { body } = await introspect(stage, app, tokens.access_token);
        return withItsEvent(!body.active, await countEvents(stage, 'token.revoked', app));
      };
      return {
        async send() {
          const answer = await ask();
          return outcome(answer, answer.status === 200);
        },
        findState,
        async again() {
          const answer = await ask();
          expectThat(answer.status === 200, `revoked again: ${describe(answer)}`);
          const state = await findState();
          expectThat(state === 'all', `after revoking again: ${state}`);
        },
      };
    },
  };
}

/** What only reads: the right answer, or none; never "no" because the database could not be asked. */
function reading(
  name: string,
  ask: (stage: Stage, app: TestApplication, value: string) => Promise<Answer>,
): Step {
  return {
    name,
    async prepare(stage) {
      const app = await newApp(stage);
      const username = await newPerson(stage);
      const tokens = await byPassword(stage, app, username, { scope: 'openid read groups' });
      const isRight = ({ status, body }: Answer) =>
        status === 200 && (body.active === true || body.username === username || body.sub !== undefined);
      let answered: Answer | undefined;
      return {
        async send() {
          answered = await ask(stage, app, tokens.access_token);
          return outcome(answered, answered.status === 200);
        },
        async findState() {
          if (answered?.status !== 200) return 'nothing';
          return isRight(answered) ? 'all' : `half: ${describe(answered)}`;
        },
        async again() {
          const answer = await ask(stage, app, tokens.access_token);
          expectThat(isRight(answer), `asked again: ${describe(answer)}`);
        },
      };
    },
  };
}

export const tokenSteps: Step[] = [
  clientCredentials,
  code,
  refreshing,
  password,
  deviceAuthorization,
  devicePoll,
  revocation('access_token'),
  revocation('refresh_token'),
  reading('introspection', (stage, app, value) => introspect(stage, app, value)),
  reading('/profile', (stage, _app, value) => profile(stage, value)),
  reading('userinfo', (stage, _app, value) =>
    get(stage, '/o/userinfo', { authorization: `Bearer ${value}` }),
  ),
];
