import type { Config } from '../config/config.js';

/** Every command reads the configuration itself, so that `--help` works whatever state it is in. */
export type ReadConfig = () => Config;
