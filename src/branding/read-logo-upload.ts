/** The one form with a file in it: its fields become the body as those of every other form, so that CSRF is checked alike. */
import { Busboy } from '@fastify/busboy';
import type { Context, Middleware } from 'koa';
import type {} from 'koa-bodyparser'; // gives ctx.request its body
import { MAX_PICTURE_BYTES } from './picture.js';

declare module 'koa' {
  interface DefaultState {
    /** The picture that came with a form; one that is too large is cut after its first byte too many. */
    upload?: Buffer | undefined;
  }
}

const FORM = /^\/(?:o\/)?applications\/\d+\/look\/?$/;
const LIMITS = { files: 1, fileSize: MAX_PICTURE_BYTES + 1, fields: 20, fieldSize: 4096, parts: 25 };

interface Upload {
  fields: Record<string, string>;
  file: Buffer | undefined;
}

function parse(ctx: Context): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const fields: Record<string, string> = {};
    const chunks: Buffer[] = [];
    const parser = new Busboy({ headers: { 'content-type': ctx.get('content-type') }, limits: LIMITS });
    parser.on('field', (name: string, value: string) => {
      fields[name] = value;
    });
    parser.on('file', (_name: string, file: NodeJS.ReadableStream) => {
      file.on('data', (chunk: Buffer) => chunks.push(chunk));
    });
    parser.on('error', reject);
    parser.on('finish', () => resolve({ fields, file: chunks.length ? Buffer.concat(chunks) : undefined }));
    ctx.req.on('aborted', () => reject(new Error('the form ended too early')));
    ctx.req.pipe(parser);
  });
}

export function readLogoUpload(): Middleware {
  return async (ctx, next) => {
    if (ctx.method === 'POST' && FORM.test(ctx.path) && ctx.is('multipart/form-data')) {
      const { fields, file } = await parse(ctx as Context).catch((cause) =>
        ctx.throw(400, 'the form could not be read', { cause }),
      );
      ctx.request.body = fields;
      ctx.state.upload = file;
    }
    await next();
  };
}
