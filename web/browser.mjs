// Opens a Chromium that reports everything a page should not do, for the browser tests.
import { chromium } from "playwright-core";

const EXECUTABLE = process.env.CIW_CHROMIUM ?? "/usr/bin/chromium";
// Nothing here looks anything up outside the machine, and the shared memory of a container is small.
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
// Milliseconds. A loaded machine is slow, which is no fault of the page.
const PATIENCE = 90_000;

export function launch(executablePath = EXECUTABLE) {
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

export async function newContext(browser, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE);
  return context;
}

export async function openBrowser(origin, { width = 1280, height = 900 } = {}) {
  const browser = await launch();
  const context = await newContext(browser, { viewport: { width, height } });
  const page = await context.newPage();
  const report = { errors: [], console: [], foreign: [], failed: [] };
  page.on("pageerror", (error) => report.errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") {
      report.console.push(message.text());
    }
  });
  const pending = new Set();
  page.on("requestfinished", (request) => pending.delete(request.url()));
  page.on("requestfailed", (request) => pending.delete(request.url()));
  process.on("uncaughtExceptionMonitor", () => {
    console.error(`at ${page.url()}, without an answer:`, [...pending], JSON.stringify(report));
  });
  page.on("request", (request) => {
    const url = request.url();
    pending.add(url);
    if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) {
      report.foreign.push(url);
    }
  });
  page.on("response", (response) => {
    if (response.status() >= 400) {
      report.failed.push(`${response.status()} ${response.url()}`);
    }
  });
  return { browser, page, report };
}

export async function signIn(page, origin, user, password, path) {
  await page.goto(origin + path);
  await page.fill('input[name="username"]', user);
  await page.fill('input[name="password"]', password);
  await page.click('button[type="submit"]');
  await arrival(page, (url) => !url.pathname.endsWith("/account/login"));
}

// The address is enough: a page behind it loads megabytes of script, and what a test looks at it
// waits for itself.
export async function arrival(page, address) {
  await page.waitForURL(address, { waitUntil: "commit" });
}
