import Router from '@koa/router';
import type { Pages } from '../http/pages.js';
import { describeDocsPage } from './docs-page.js';
import type { About } from './openapi.js';
import type { Operation } from './operation.js';

interface DescribedApi {
  pages: Pages;
  /** Where the document is, OpenAPI 3.1 for generators, and where the same is to be read. */
  documentPath: string;
  pagePath: string;
  listOperations(): Operation[];
  about: About;
}

/** The description of an API, made from its operations when first asked for, not at each start (30 of its 1060 ms of CPU). */
export function docsRoutes({ pages, documentPath, pagePath, listOperations, about }: DescribedApi): Router {
  const make = async () => {
    const { describeApi } = await import('./openapi.js');
    const document = describeApi(listOperations(), about);
    return { document, page: describeDocsPage(document) };
  };
  let made: ReturnType<typeof make> | undefined;
  const describe = () => {
    made ??= make();
    return made;
  };
  return new Router()
    .get(documentPath, async (ctx) => {
      ctx.body = (await describe()).document;
      ctx.set('Cache-Control', 'no-cache');
    })
    .get(pagePath, async (ctx) =>
      pages.render(ctx, 'json-api/docs', { api: (await describe()).page, documentPath }),
    );
}
