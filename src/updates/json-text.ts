/** JSON that is passed on as it stands, never parsed and printed again. */
export class JsonText {
  constructor(readonly text: string) {}

  static array(elements: readonly string[]): JsonText {
    return new JsonText(`[${elements.join(',')}]`);
  }
}
