// What every browser script needs: a logged-in page, its console errors, pictures, axe.
import { createRequire } from "node:module";
import { readFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { arrival, launch, newContext } from "../../web/browser.mjs";

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const config = JSON.parse(process.argv[2]);
const seen = [];
const APP = "/en-US/app/cloud_instance_watch";

export async function withBrowser(work) {
  const browser = await launch(config.browser);
  try {
    const result = await work(browser);
    console.log(JSON.stringify(result));
  } catch (error) {
    for (const context of browser.contexts()) {
      for (const page of context.pages()) {
        console.error(page.url(), (await page.innerText("body")).slice(0, 2000));
      }
    }
    console.error(seen);
    throw error;
  } finally {
    await browser.close();
  }
}

/** A page of that user. Requests that leave the machine are refused and counted. */
export async function login(browser, user, options = {}) {
  const context = await newContext(browser, {
    viewport: { width: 1440, height: 900 },
    reducedMotion: "reduce",
    ...options,
  });
  const outside = [];
  await context.route("**/*", (route) => {
    if (route.request().url().startsWith(config.url)) return route.continue();
    outside.push(route.request().url());
    return route.abort();
  });
  const page = await context.newPage();
  const faults = [];
  const fault = (text) => {
    faults.push(text);
    seen.push(text);
  };
  page.on("pageerror", (error) => fault(String(error)));
  page.on("console", (message) => message.type() === "error" && fault(message.text()));
  await page.goto(`${config.url}/en-US/account/login`);
  await page.fill('[name="username"]', user);
  await page.fill('[name="password"]', config.password);
  await page.click('[type="submit"]');
  await arrival(page, (url) => !url.pathname.endsWith("/account/login"));
  return { page, faults, outside, context };
}

export const view = (name, query = "") => `${config.url}${APP}/${name}${query}`;

/** Stops the page's own refreshing, as an unseen tab does, so that it stays stale. */
export async function stopRefreshing(page) {
  await page.evaluate(() => Object.defineProperty(document, "hidden", { value: true }));
}

export async function picture(page, name, options = {}) {
  mkdirSync(config.pictures, { recursive: true });
  await page.screenshot({ path: path.join(config.pictures, `${name}.png`), ...options });
}

/**
 * Serious and critical violations, each as rule, selector and what it says. A menu that is still
 * fading away has colours of neither state, so the page comes to rest first.
 */
export async function violations(page) {
  await page.waitForFunction(
    () =>
      document.querySelector('[data-test="popover"]') === null &&
      document.getAnimations().every(({ effect, playState }) =>
        playState !== "running" || effect.getComputedTiming().iterations === Infinity),
  );
  await page.evaluate(axe);
  const { violations: found } = await page.evaluate(() => window.axe.run("#ciw-desk"));
  return found
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`),
    );
}

export async function questionsAnswered(page) {
  await page.waitForFunction(() => {
    const all = [...document.querySelectorAll("[data-question]")];
    return all.length > 0 && all.every((one) => one.dataset.status !== "loading");
  });
}

/** Every panel of a case's tab shows what it has, or why it has nothing. */
export async function panelsSettled(page) {
  await page.waitForSelector('[role="tabpanel"]');
  await page.waitForFunction(
    () => !document.querySelector('[data-status="loading"], [role="tabpanel"] .row[role="status"]'),
  );
}
