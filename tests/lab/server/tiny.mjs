// Renders the test app's pages in Chromium and prints what was seen as JSON.
// Arguments: origin, user, password, folder for screenshots.
import { arrival, openBrowser, signIn } from "../../../web/browser.mjs";

const [origin, user, password, folder] = process.argv.slice(2);
const { browser, page, report } = await openBrowser(origin);
const seen = {};

await signIn(page, origin, user, password, "/en-US/app/server_test/tiny");
await page.getByText("web-01").first().waitFor();
await page.getByText("Failing").first().waitFor();
await page.getByText("2023-11-14").first().waitFor();
await page.getByText("SPL: unknown command").first().waitFor();
seen.rows = await page.locator('[data-test="cell"], td').allInnerTexts();
seen.title = await page.title();
seen.images = await page.locator('img[src="x"]').count();
seen.host = await page.locator("input").first().inputValue();
seen.text = await page.locator("#dashboard").innerText();
await page.screenshot({ path: `${folder}/tiny-dark.png` });

await page.goto(`${origin}/en-US/app/server_test/tiny?form.host=db-02&theme=light`);
await page.getByText("db-02").first().waitFor();
await page.locator("td", { hasText: "db-02" }).first().waitFor();
seen.filtered = await page.locator("td").allInnerTexts();
await page.screenshot({ path: `${folder}/tiny-light.png` });
await page.locator("td", { hasText: "db-02" }).first().click();
await arrival(page, /mounted/);
seen.drilldown = page.url().slice(origin.length);
await page.getByText("mounted, define is").waitFor();
seen.mounted = await page.locator("#mount").innerText();

await page.goto(`${origin}/en-US/app/server_test/tiny`);
await page.getByText("First count").waitFor();
await page.locator("#dashboard").getByText("5", { exact: true }).last().click();
await arrival(page, /search/);
seen.searchLink = page.url().slice(origin.length);

const search = `| rows host=all`;
await page.goto(`${origin}/en-US/app/server_test/search?q=${encodeURIComponent(search)}`);
await page.getByText("3 rows").waitFor();
seen.search = await page.locator("#rows td").allInnerTexts();
await page.goto(`${origin}/en-US/app/server_test/search?q=${encodeURIComponent("| boom")}`);
await page.getByText("unknown command").waitFor();
seen.wrong = await page.locator("#state").innerText();

await browser.close();
console.log(JSON.stringify({ ...seen, report }));
