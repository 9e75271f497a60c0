import type { Hooktide } from './hooktide.js';

/** Goes through a list from its first page to its last; answers with the items, page by page. */
// oxlint-disable-next-line typescript/no-explicit-any -- a test looks at what it knows to be there
export async function pagesOf(hooktide: Hooktide, path: string, between?: () => Promise<unknown>): Promise<any[][]> {
  const pages = [];
  for (let after: string | null = ''; after !== null;) {
    const url: string = after === '' ? path : `${path}&after=${encodeURIComponent(after)}`;
    const { status, text, json } = await hooktide.api('GET', url);
    if (status !== 200) throw new Error(`The page was refused: ${text}`);
    const page = json.deliveries ?? json;
    pages.push(page.items);
    after = page.next;
    if (after !== null) await between?.();
  }
  return pages;
}
