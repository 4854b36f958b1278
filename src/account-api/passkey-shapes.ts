/** What a browser and an authenticator say to each other, as the front end hands it on. */
import { z } from 'zod';

export const optionsShape = z.looseObject({ challenge: z.string() }).meta({
  id: 'PasskeyOptions',
  description: 'As WebAuthn has them in JSON, good for five minutes and for this browser.',
});

export const credentialShape = z.looseObject({}).meta({
  id: 'PasskeyCredential',
  description: "What the browser's script got from the authenticator, as its toJSON() has it.",
});
