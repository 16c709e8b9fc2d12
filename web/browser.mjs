// Opens a Chromium that reports everything a page should not do, for the browser tests.
import { chromium } from "playwright-core";

const EXECUTABLE = process.env.CIW_CHROMIUM ?? "/usr/bin/chromium";

export async function openBrowser(origin, { width = 1280, height = 900 } = {}) {
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ["--no-sandbox"] });
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  const report = { errors: [], console: [], foreign: [], failed: [] };
  page.on("pageerror", (error) => report.errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") {
      report.console.push(message.text());
    }
  });
  page.on("request", (request) => {
    const url = request.url();
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
  // The page behind the login loads megabytes of script: its address is enough here, and what a
  // test looks at it waits for itself.
  await page.waitForURL((url) => !url.pathname.endsWith("/account/login"), {
    waitUntil: "domcontentloaded",
  });
}
