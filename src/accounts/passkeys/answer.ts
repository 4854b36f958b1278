/** What the browser sends: the answer of an authenticator, as JSON in a field of a form. */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { z } from 'zod';

const base64url = z.string().regex(/^[A-Za-z0-9_-]*$/);

const answer = {
  id: base64url.min(1),
  rawId: base64url.min(1),
  type: z.literal('public-key'),
};

const registration = z.object({
  ...answer,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    // Kept to be given back to browsers; those of today know six.
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(10)
      .default([]),
  }),
  clientExtensionResults: z.object({ credProps: z.object({ rk: z.boolean().optional() }).optional() }),
});

const authentication = z.object({
  ...answer,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.optional(),
  }),
});

const clientData = z.object({ challenge: z.string() });

/** The answer, and the challenge that it says it signed. */
export interface Answer<Response> {
  response: Response;
  challenge: string;
}

function parseJson(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function read<Response extends { response: { clientDataJSON: string } }>(
  schema: z.ZodType<Response, unknown>,
  field: unknown,
): Answer<Response> | undefined {
  const { data: response } = schema.safeParse(parseJson(field));
  if (!response) return undefined;
  const json = Buffer.from(response.response.clientDataJSON, 'base64url').toString();
  const { data: signed } = clientData.safeParse(parseJson(json));
  return signed && { response, challenge: signed.challenge };
}

/** @returns undefined when the field holds no such answer */
export function readRegistration(field: unknown): Answer<RegistrationResponseJSON> | undefined {
  return read(registration, field) as Answer<RegistrationResponseJSON> | undefined;
}

/** @returns undefined when the field holds no such answer */
export function readAuthentication(field: unknown): Answer<AuthenticationResponseJSON> | undefined {
  return read(authentication, field) as Answer<AuthenticationResponseJSON> | undefined;
}
