/**
 * The console. Boots the package, finishes a sign-in, follows the events and shows the page that
 * the address names. Uses the npm package as any app would: no framework, no build step.
 */

import { fill, h } from "./dom.js";
import { isSessionEnd } from "./errors.js";
import { createExchange, scopesOf } from "./exchange.js";
import { createInbox } from "./inbox.js";
import { followEvents } from "./live.js";
import { completeSignIn, currentSession, signIn, signOut, subjectToken } from "./session.js";
import { createClient, init, operations } from "/countersign/index.js";
import { createBar } from "./views/bar.js";
import { homeView } from "./views/home.js";
import { errorNotice } from "./views/notice.js";
import { refusedView } from "./views/refused.js";
import { showSessionEnded } from "./views/session-ended.js";
import { transactionView } from "./views/transaction.js";
import { welcomeView } from "./views/welcome.js";

/** What the console calls: its token is narrowed to the scopes of exactly these. */
const ROUTES = [
  "POST /robot/DSTs",
  "GET /DSTs",
  "GET /DST/{id}",
  "GET /DST/{id}/audit",
  "GET /DST/{id}/note",
  "POST /DST/{id}/note",
  "GET /resource/{id}",
];

/**
 * What the views may use.
 *
 * @typedef {object} App
 * @property {ReturnType<typeof createClient>} signing the package's client
 * @property {ReturnType<typeof createInbox>} inbox the events heard so far
 * @property {(text: string) => void} announce says something to assistive technology
 * @property {(dst: object) => void} open shows a document just created
 * @property {(error: unknown) => boolean} sessionEnded takes over when the login has run out
 */

const main = document.getElementById("main");
let bar;
let config;
let app;
let live;
let view;
let created;
let expiry;

async function boot() {
  bar = createBar(document.getElementById("bar"), { onSignOut: leave, onReconnect: () => live?.refresh() });
  bar.person(null);
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  try {
    [config] = await Promise.all([readConfig(), init()]);
  } catch (error) {
    fill(main, h("div", { class: "page" }, h("h1", { text: "The console cannot start" }), errorNotice(error, { doing: "load the console", retry: () => location.reload() })));
    return;
  }
  let signInError;
  try {
    await completeSignIn(config);
  } catch (error) {
    signInError = error;
  }
  addEventListener("hashchange", () => app && route());
  // A tab that slept may have missed its own timer.
  document.addEventListener("visibilitychange", () => app && !currentSession() && endSession());
  if (currentSession()) enter();
  else welcome(signInError);
}

async function readConfig() {
  const response = await fetch("/console.json", { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`The edge does not describe its console: it answered ${response.status}.`);
  return response.json();
}

function welcome(error) {
  show(welcomeView({ onSignIn: () => signIn(config), error }));
}

function enter() {
  const session = currentSession();
  const exchange = createExchange({
    connection: config.connection,
    scopes: scopesOf(ROUTES, operations(config.vendor)),
    subjectToken,
  });
  const inbox = createInbox();
  app = {
    inbox,
    announce,
    signing: createClient(config.vendor, {
      baseUrl: `${location.origin}/v/${encodeURIComponent(config.connection)}`,
      token: exchange.token,
    }),
    open(dst) {
      created = dst;
      location.hash = `#/documents/${encodeURIComponent(dst.id)}`;
    },
    sessionEnded(error) {
      if (!isSessionEnd(error)) return false;
      endSession();
      return true;
    },
  };
  live = followEvents({
    connection: config.connection,
    token: exchange.token,
    onEvents: inbox.add,
    onState: onLive,
  });
  bar.person(session);
  expiry = setTimeout(endSession, Math.min(session.expiresAt - Date.now(), 2 ** 31 - 1));
  route();
}

function onLive(state) {
  bar.live(state);
  if (state.phase !== "refused" || app?.sessionEnded(state.error)) return;
  live?.stop();
  show(refusedView(state.error, leave));
}

/** The address names the page: `#/` or `#/documents/<id>`. */
function route() {
  const id = /^#\/documents\/([^/]+)$/.exec(location.hash)?.[1];
  const known = created;
  created = undefined;
  if (id) show(transactionView(app, decodeURIComponent(id), known));
  else show(homeView(app));
}

function show(next) {
  const isFirst = view === undefined;
  view?.close();
  view = next;
  document.title = `${next.title} · countersign`;
  fill(main, next.element);
  scrollTo(0, 0);
  // A new page is announced by moving to its heading; the first one is where the browser starts.
  if (!isFirst) (main.querySelector("h1") ?? main).focus({ preventScroll: true });
}

function endSession() {
  clearTimeout(expiry);
  live?.stop();
  showSessionEnded({ onSignIn: () => signIn(config), onLeave: leave });
}

function leave() {
  clearTimeout(expiry);
  live?.stop();
  signOut();
  app = undefined;
  live = undefined;
  bar.person(null);
  history.replaceState(null, "", location.pathname);
  welcome();
}

function announce(text) {
  document.getElementById("announcer").textContent = text;
}

boot();
