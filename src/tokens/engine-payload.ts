/** What the engine hands to its adapter and wants back; NumericDates in seconds. */
export type EnginePayload = Record<string, unknown> & { jti?: string; kind?: string };
