/** What a page may call of the device in the worker. */
export const CALLS = /** @type {const} */ (["open", "drawCode", "useCode", "reveal", "mark", "forget", "request", "finish"]);
