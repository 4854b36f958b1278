/** The mails of a server without a mail server, read from the page that shows them. */
import { parse } from 'node-html-parser';

export interface ReadMail {
  to: string;
  subject: string;
  text: string;
  /** The first link in it. */
  link: string;
  /** The six digits, where there are any. */
  code: string | undefined;
}

/** The latest first. */
export async function readMails({ url }: { url: string }, to?: string): Promise<ReadMail[]> {
  const page = parse(await (await fetch(`${url}/dev/mails`)).text());
  const mails = page.querySelectorAll('article').map((article) => {
    const text = article.querySelector('.lines')?.textContent ?? '';
    return {
      to: /\S+@[^\s,]+/.exec(article.querySelector('.muted')?.textContent ?? '')?.[0] ?? '',
      subject: article.querySelector('h2')?.textContent ?? '',
      text,
      link: article.querySelector('.lines a')?.getAttribute('href') ?? '',
      code: /^ {4}(\d{6})$/m.exec(text)?.[1],
    };
  });
  return mails.filter((mail) => !to || mail.to === to);
}

/** @throws when nobody has written to them */
export async function lastMail(server: { url: string }, to: string): Promise<ReadMail> {
  const [mail] = await readMails(server, to);
  if (!mail) throw new Error(`no mail to ${to}`);
  return mail;
}
