/** Whether a text is what is written, where a `*` stands for any characters. In linear time, whatever the text is. */
export function fits(written: string, text: string): boolean {
  const [first = '', ...rest] = written.split('*');
  if (rest.length === 0) return text === written;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
