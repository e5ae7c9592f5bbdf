/** The booth's page: joins the way of a voter to the page, the gateway, the worker and the camera. */

import { dataBlock, dialogAt, holdBack, oneAtATime, reloadWhenBack, saveFile } from "../look/page.js";
import { switchReadings } from "../look/words.js";
import { Camera } from "./camera.js";
import { connectBooth } from "./client.js";
import { watchClose } from "./closing.js";
import { Gateway } from "./gateway.js";
import { awaitHandover } from "./handed_over.js";
import { watchPerson } from "./kiosk.js";
import { VotingView } from "./view.js";
import { Way } from "./way.js";

const HANDED_OVER = "from=registration";

/** @returns {Storage | null} a browser that is told to keep nothing of a site refuses to name the store */
function storageHere() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** @param {HTMLElement} app */
function run(app) {
  const { api = "/api/", poll = "", registry = "", language = "ja", kiosk = "false" } = app.dataset;
  const page = new VotingView(app);
  const way = new Way({
    page,
    gateway: new Gateway(api, window.fetch.bind(window)),
    device: connectBooth(dataBlock("worker")),
    storage: storageHere(),
    fingerprint: poll,
    language: language === "en" ? "en" : "ja",
    drawQr: async (text) => (await import("../look/qr_draw.js")).drawQr(text),
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    now: Date.now,
  });
  const isKiosk = kiosk !== "false";

  const doOne = oneAtATime((busy) => page.busy(busy));
  const camera = new Camera(page, (text) => doOne(() => way.enterCode(text)));
  const startAgain = async () => {
    camera.close();
    await way.forget(isKiosk);
    page.show("welcome");
    // Behind a window that the registration page of this device opened, the device's own page waits already.
    if (isKiosk && window.location.search.includes(HANDED_OVER)) window.close();
    window.location.replace(`${window.location.pathname}${window.location.search.replace(HANDED_OVER, "")}`);
  };
  const readTicket = async (/** @type {File} */ file) => {
    page.field("ticket").value = await file.text();
    await way.giveTicket(page.field("ticket").value);
  };
  const readCode = async (/** @type {File} */ picture) => {
    const text = await (await import("../look/qr_read.js")).readPicture(picture);
    if (text === null) page.wrong("voting-code", "no-qr");
    else await way.enterCode(text);
  };
  const copy = (/** @type {string} */ text) =>
    navigator.clipboard.writeText(text).then(() => page.say("copied"), () => page.say("not-copied"));

  /** @type {Record<string, (value: string) => unknown>} */
  const actions = {
    begin: () => way.begin(),
    resume: () => way.resume(),
    "form:code": () => way.enterCode(),
    scan: () => camera.open(),
    "camera-close": () => camera.close(),
    "form:ticket": () => way.giveTicket(page.field("ticket").value),
    again: () => way.again(),
    mark: (value) => way.answering.mark(value),
    "form:contest": () => way.answering.next(),
    change: (value) => way.answering.ask(Number(value)),
    reviewed: () => way.reviewed(),
    "form:free-will": () => way.freeWill(),
    cast: () => way.cast(),
    check: () => way.check(),
    "next-part": () => way.checking.nextPart(),
    "copy-opening": () => copy(way.checking.opening),
    seal: () => way.seal(),
    keep: () => way.casting.keepOrNot(),
    save: () => saveFile(way.casting.receipt, "text/plain", "ippyo-receipt.txt"),
    print: () => window.print(),
    retry: () => way.retry(),
    back: () => way.back(),
    finish: () => startAgain(),
    furigana: () => switchReadings(),
    help: () => dialogAt("help")?.showModal(),
    "help-close": () => dialogAt("help")?.close(),
    "full-screen": () => document.documentElement.requestFullscreen().catch(() => undefined),
    stay: () => dialogAt("idle")?.close(),
  };
  /** These never wait for what is under way. */
  const always = new Set([
    ...["mark", "keep", "furigana", "help", "help-close", "print", "stay", "finish"],
    // A person who is asked whether the page may use the camera can take all the time there is.
    ...["scan", "camera-close"],
  ]);

  page.listen((action, event, value) => {
    const act = actions[action];
    if (act === undefined) return;
    if (event.type === "click" && action !== "mark" && action !== "keep") event.preventDefault();
    if (always.has(action)) act(value);
    else void doOne(() => act(value));
  });

  for (const input of document.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      const file = input instanceof HTMLInputElement ? input.files?.[0] : undefined;
      if (file !== undefined) void doOne(() => (input.id === "ticket-file" ? readTicket(file) : readCode(file)));
    });
  }

  holdBack(page, () => way.back());
  window.addEventListener("beforeunload", (event) => {
    if (!page.leavable()) event.preventDefault();
  });
  reloadWhenBack();

  watchClose(page, () => way.left);
  if (isKiosk) {
    watchPerson({
      needed: () => page.shown !== "welcome",
      tell: (seconds) => page.write("idle", page.word("idle.warning", { seconds: String(seconds) })),
      wipe: () => void startAgain(),
    });
  }
  const resume = document.getElementById("resume");
  if (resume !== null) resume.hidden = isKiosk || way.casting.kept === null;
  document.documentElement.dataset.script = "on";
  awaitHandover(window, registry, (handed) => void way.takeOver(handed));
}

const app = document.getElementById("app");
if (app !== null) run(app);
