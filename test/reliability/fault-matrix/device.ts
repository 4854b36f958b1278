/** The device's and the person's part of RFC 8628. */
import type { Browser, Page } from '../../support/browser.js';
import { basic, post } from '../../support/oauth.js';
import type { TestApplication } from '../../support/people.js';
import type { Stage } from './step.js';

interface StartedDevice {
  device_code: string;
  user_code: string;
}

export async function startDevice(stage: Pick<Stage, 'url'>, app: TestApplication): Promise<StartedDevice> {
  const answer = await post(stage, '/o/device-authorization', { scope: 'read' }, basic(app));
  if (answer.status !== 200) throw new Error(`no device code: ${answer.status}`);
  return answer.body;
}

/** Up to the question whether this is the person's device. */
export async function typeUserCode(browser: Browser, userCode: string): Promise<Page> {
  return browser.submit(await browser.open('/o/device'), { user_code: userCode }, '/o/device');
}

export const confirmDevice = (browser: Browser, question: Page): Promise<Page> =>
  browser.submit(question, { confirm: 'yes' }, '/o/device');

export async function approveDevice(browser: Browser, userCode: string): Promise<Page> {
  const asked = await confirmDevice(browser, await typeUserCode(browser, userCode));
  return asked.html.querySelector('form[action$="/consent"]') ? browser.submit(asked, {}, '/consent') : asked;
}
