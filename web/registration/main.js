/** The registration page: joins the way of a voter to the page, the desk, the card agent and the worker. */

import { connectDevice } from "../ippyo/client.js";
import { dataBlock, dialogAt, holdBack, oneAtATime, reloadWhenBack, saveFile } from "../look/page.js";
import { switchReadings } from "../look/words.js";
import { watchPerson } from "../voting/kiosk.js";
import { CardAgent } from "./agent.js";
import { Desk } from "./desk.js";
import { openBooth } from "./handover.js";
import { takeUpLetter } from "./letter.js";
import { usePasskey } from "./passkey.js";
import { View } from "./view.js";
import { Way } from "./way.js";

/** Screens on which something would be lost by leaving: the browser asks first. */
const UNFINISHED = new Set(["passkey", "free-will", "voting-code", "working"]);
const CARD_WINDOW = "popup,width=520,height=720";

/** @returns {import("./agent.js").CardWindow} the agent's window, still empty */
function openCardWindow() {
  const opened = window.open("about:blank", "ippyo-card", CARD_WINDOW);
  return {
    go: (url) => opened?.location.replace(url),
    close: () => opened?.close(),
  };
}

/** @returns {string} what follows `#` in the address, unless it is a place of the page, where the skip link leads */
function letterInAddress() {
  const { hash } = window.location;
  return document.getElementById(hash.slice(1)) === null ? hash : "";
}

/** @param {HTMLElement} app */
function run(app) {
  const { api = "/api/", csrf = "", language = "ja", tongue = "ja", wayBack = "", booth = "", place = "" } = app.dataset;
  const page = new View(app);
  const letter = takeUpLetter(window.sessionStorage, letterInAddress());
  if (letter.code !== "" && page.has("code")) page.input("code").value = letter.code;
  // Neither history nor a look over the shoulder should show the letter's code, nor how the voter came back.
  const search = new URLSearchParams(window.location.search);
  search.delete("back");
  const start = window.location.pathname + (search.size === 0 ? "" : `?${search}`);
  window.history.replaceState(null, "", start);
  const ask = window.fetch.bind(window);
  const way = new Way({
    page,
    desk: new Desk(api, csrf, ask),
    agent: new CardAgent(ask, openCardWindow, tongue),
    device: connectDevice(dataBlock("worker")),
    storage: window.sessionStorage,
    fetch: ask,
    fingerprint: letter.poll ?? app.dataset.poll ?? null,
    language,
    leave: (url) => window.location.assign(url),
    usePasskey,
    drawQr: async (text) => (await import("../look/qr_draw.js")).drawQr(text),
  });

  /** @type {Record<string, () => unknown>} */
  const actions = {
    begin: () => way.begin(),
    "form:code": () => way.enterCode(),
    "card-reader": () => way.useReader(),
    "digital-auth": () => way.digitalAuth(),
    sign: () => way.sign(),
    earlier: () => way.earlier(),
    "form:earlier": () => way.enterEarlier(),
    passkey: () => way.passkey(),
    "form:free-will": () => way.freeWill(),
    "form:kept": () => way.kept(),
    "other-way": () => page.show("way"),
    retry: () => (page.shown === "card" ? way.sign() : way.retry()),
    back: () => page.back(),
    print: () => window.print(),
    vote: () => openBooth(window, booth, place, tongue, () => way.secrets(), place === "" ? undefined : leave),
    save: () => {
      saveFile(`${way.ticket}\n`, "application/json", "ippyo-ticket.json");
      page.say("saved");
    },
    finish: () => leave(),
    "start-again": () => startAgain(),
    furigana: () => switchReadings(),
    help: () => dialogAt("help")?.showModal(),
    "help-close": () => dialogAt("help")?.close(),
    stay: () => dialogAt("idle")?.close(),
  };
  /** These never wait for what is under way. */
  const always = new Set(["furigana", "help", "help-close", "stay"]);

  const startAgain = async () => {
    await way.forget();
    window.location.replace(start);
  };
  /** A device of many goes back to the booth's page of its place, for the next person. */
  const leave = async () => {
    if (place === "" || booth === "") return startAgain();
    // Whoever comes next sees nothing, however long the desk takes to answer.
    page.show("welcome");
    await way.forget();
    window.location.replace(new URL(`/vote?place=${place}`, booth).href);
  };

  const doOne = oneAtATime((busy) => page.busy(busy));
  page.listen((action, event) => {
    const act = actions[action];
    if (act === undefined) return;
    event.preventDefault();
    if (always.has(action)) act();
    else void doOne(act);
  });
  holdBack(page, () => page.back());
  if (place !== "") {
    watchPerson({
      needed: () => true,
      tell: (seconds) => page.write("idle", page.word("idle", { seconds: String(seconds) })),
      wipe: () => void leave(),
    });
  }
  window.addEventListener("beforeunload", (event) => {
    if (UNFINISHED.has(page.shown)) event.preventDefault();
  });
  reloadWhenBack();
  // A letter's link that is followed in this very tab changes what follows `#`, and loads nothing by itself.
  window.addEventListener("hashchange", () => letterInAddress().length > 1 && window.location.reload());
  document.documentElement.dataset.script = "on";
  void way.start(wayBack);
}

const app = document.getElementById("app");
if (app !== null) run(app);
