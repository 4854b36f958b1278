/** Seconds since the epoch, whole ones, as the claims of a JWT have them (RFC 7519 2). */
export const numericDate = (date: Date): number => Math.floor(date.getTime() / 1000);
