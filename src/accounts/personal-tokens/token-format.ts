import { recognisableFormat } from '../../secrets/recognisable.js';

/** lkp_ and 46 letters and digits, of which the last six are the checksum. */
const FORMAT = recognisableFormat('lkp_', 40);

export const makeTokenValue = FORMAT.make;

/** Whether it is one of these: every other token is looked for elsewhere, and costs nothing more here. */
export const isPersonalToken = (value: string): boolean => value.startsWith(FORMAT.prefix);

/** False for one that was mistyped, cut off or made up, about which the database need not be asked. */
export const isWellFormed = FORMAT.isWellFormed;
