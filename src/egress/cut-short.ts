/**
 * Lets whoever asked for an exchange end it before its deadline. An AbortController does the same for any number of
 * listeners, at ten times the cost, and every delivery needs one.
 */
export class CutShort {
  isRequested = false;
  /** Set by the exchange while it lasts. */
  onRequest: (() => void) | null = null;

  request(): void {
    this.isRequested = true;
    this.onRequest?.();
  }
}
