const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Whether a request of this method only reads (RFC 9110 9.2.1; TRACE, the fourth, is answered nowhere). */
export const isSafeMethod = (method: string): boolean => SAFE_METHODS.includes(method);
