// Opens the queue and cases in Chromium again and again, and prints how long each took (ms).
import { arrival, launch, newContext } from "../web/browser.mjs";

const config = JSON.parse(process.argv[2]);
const desk = `${config.url}/en-US/app/cloud_instance_watch/desk`;
const browser = await launch(config.browser);
const context = await newContext(browser, { viewport: { width: 1440, height: 900 } });
const outside = [];
await context.route(
  (url) => !url.href.startsWith(config.url) && !/^(data|blob):/.test(url.href),
  (route) => {
    outside.push(route.request().url());
    return route.abort();
  },
);
const page = await context.newPage();
await page.goto(`${config.url}/en-US/account/login`);
await page.fill('[name="username"]', "ciw_l2");
await page.fill('[name="password"]', config.password);
await page.click('[type="submit"]');
await arrival(page, (url) => !url.pathname.endsWith("/account/login"));

const times = { load: [], queue: [], filter: [], l1: [], l2: [] };
/** From the click until `ready` holds in the page, looked at with every frame. */
async function timed(name, click, ready, argument) {
  const started = performance.now();
  await click();
  await page.waitForFunction(ready, argument, { polling: "raf" });
  times[name].push(Math.round(performance.now() - started));
}

const queueUsable = () => document.querySelectorAll("table.queue tbody tr").length > 1;
await page.goto(desk);
await page.waitForFunction(queueUsable);
for (let turn = 0; turn < config.turns; turn += 1) {
  await page.goto(`${desk}?page=lists`);
  await timed("load", () => page.click('a[href$="/desk"]'), queueUsable);
  await page.getByRole("link", { name: "Lists", exact: true }).click();
  await page.getByRole("heading", { name: "Lists", exact: true }).waitFor();
  await timed("queue", () => page.getByRole("link", { name: "Queue", exact: true }).click(), queueUsable);
  await timed(
    "filter",
    () => page.getByRole("button", { name: /Medium$/ }).click(),
    () => [...document.querySelectorAll("table.queue tbody .severity")].length > 1 &&
      [...document.querySelectorAll("table.queue tbody .severity")].every((one) => one.textContent === "Medium"),
  );
  const rows = page.locator("table.queue tbody tr");
  const row = rows.nth((turn * 7) % 40);
  await timed(
    "l1",
    () => row.click(),
    () =>
      document.querySelector(".head h1") &&
      document.querySelector('[aria-label="Verdict"] button:enabled'),
  );
  await timed(
    "l2",
    () => page.getByRole("tab", { name: /^L2/ }).click(),
    () => document.querySelector('[role="tabpanel"][id$="-l2"] .panel'),
  );
}
await browser.close();
console.log(JSON.stringify({ times, outside: outside.length }));
