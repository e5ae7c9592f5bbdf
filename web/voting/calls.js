/** What the booth's page may call of the device in the worker. */
export const CALLS = /** @type {const} */ ([
  ...["open", "useCode", "mark", "takeCoin", "takeTicket", "seal", "cast", "spoils", "opening", "checkReceipt"],
  ...["checkSpoil", "settle", "forget"],
]);
