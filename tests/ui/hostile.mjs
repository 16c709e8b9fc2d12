// A case in which every value is hostile, on every page: shown as text, nothing run, nothing asked
// outside, no page wider than its window.
import { readFile } from "node:fs/promises";
import { config, login, panelsSettled, picture, questionsAnswered, view, withBrowser } from "./page.mjs";

const NEEDLE = "<script>window.pwned=1</script>";

await withBrowser(async (browser) => {
  const result = { pages: {}, links: {}, dialogs: 0 };
  const { page, faults, outside } = await login(browser, "ciw_l2", {
    viewport: { width: 1280, height: 900 },
    acceptDownloads: true,
  });
  page.on("dialog", (dialog) => {
    result.dialogs += 1;
    return dialog.dismiss();
  });
  const look = async (name) => {
    result.pages[name] = { faults: faults.splice(0) };
    const found = await page.evaluate((needle) => {
      const body = document.body.innerText;
      const bad = 'img[src="x"], img[src*="evil"], a[href^="javascript" i], a[href*="//evil.example" i]';
      return {
        shown: body.includes(needle),
        run: Boolean(window.pwned),
        injected: document.querySelectorAll(bad).length,
        wide: document.documentElement.scrollWidth - window.innerWidth,
        // What stands out furthest, to mend it.
        widest: [...document.querySelectorAll("#ciw-desk *")]
          .filter((one) => one.getBoundingClientRect().right > window.innerWidth + 1)
          .slice(0, 3)
          .map((one) => `${one.tagName}.${one.className} in ${one.parentElement.className}`),
      };
    }, NEEDLE);
    Object.assign(result.pages[name], found);
    await picture(page, `hostile-${name}`);
  };
  const open = async (name, query, ready) => {
    await page.goto(view("desk", query));
    await page.waitForFunction(ready, NEEDLE);
    await look(name);
  };
  const shows = (needle) => document.querySelector("#ciw-desk main")?.innerText.includes(needle);

  for (const [who, id] of Object.entries(config.cases)) {
    await page.goto(view("desk", `?case=${id}`));
    await questionsAnswered(page);
    result.links[who] = await page.$$eval('a[href*="/search?"]', (links) =>
      links.map((link) => new URL(link.href).search),
    );
  }
  const id = config.cases.hostile;
  await open("queue", "", shows);
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export CSV" }).click(),
  ]);
  result.csv = await readFile(await file.path(), "utf8");
  await page.getByRole("checkbox", { name: /^Select all/ }).check();
  await page.getByRole("button", { name: "Close 3" }).waitFor();
  await look("bulk");
  await page.goto(view("desk", `?case=${id}`));
  await questionsAnswered(page);
  await look("l1");
  await open("l2", `?case=${id}&tab=l2`, shows);
  await page.waitForFunction(() => !document.querySelector('#ciw-desk [data-test="wait-spinner"]'));
  await look("l2");
  await open("contain", `?case=${id}&tab=contain`, shows);
  await page.waitForFunction(() => !document.querySelector('#ciw-desk [data-test="wait-spinner"]'));
  await look("contain");
  await page.goto(view("desk", `?case=${id}&tab=report`));
  await page.locator("pre.report").first().waitFor();
  result.report = await page.locator("pre.report").first().innerText();
  await look("report");
  await open("baselines", "?page=baselines", shows);
  result.operations = await page.$$eval('a[href*="/search?"]', (links) =>
    links.map((link) => new URL(link.href).search),
  );
  await open("list", "?page=lists&list=ciw_change_requests", shows);
  const [list] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export CSV" }).click(),
  ]);
  result.listCsv = await readFile(await list.path(), "utf8");
  await page.getByRole("button", { name: "Change", exact: true }).first().click();
  await page.getByRole("form", { name: "Change the row" }).waitFor();
  await look("form");
  for (const [name, query] of config.dashboards) {
    await page.goto(view(name, query));
    await page.waitForFunction((needle) => document.body.innerText.includes(needle), NEEDLE);
    await look(name);
  }
  // Plain values, but what the logs tell of them is hostile.
  result.logged = {};
  await open("logged", `?case=${config.logged}&tab=l2`, shows);
  await panelsSettled(page);
  Object.assign(
    result.logged,
    Object.fromEntries(
      await page.$$eval("[data-panel]", (panels) =>
        panels.map((one) => [one.dataset.panel, one.textContent]),
      ),
    ),
  );
  await page.goto(view("investigation", `?form.case_id=${config.logged}`));
  for (const panel of ["viz_timeline", "viz_principal", "viz_flows", "viz_related"]) {
    await page.waitForFunction(
      ([id, needle]) => document.getElementById(id)?.innerText.includes(needle),
      [panel, NEEDLE],
    );
  }
  await page.waitForFunction(() => !document.querySelector('[data-test="icon-placeholder"]'));
  Object.assign(
    result.logged,
    Object.fromEntries(
      await page.$$eval('[data-test="grid-item"]', (panels) =>
        panels.map((one) => [one.id, one.textContent]),
      ),
    ),
  );
  await look("logged-investigation");
  const [request] = await Promise.all([
    page.waitForRequest((one) => one.isNavigationRequest()),
    page.locator("#viz_related").getByText("search", { exact: true }).first().click(),
  ]);
  result.related = request.url();
  result.faults = faults;
  result.outside = outside;
  return result;
});
