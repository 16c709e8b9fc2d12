// The desk and the overview on what the shipped searches made of real logs.
import { config, login, questionsAnswered, view, withBrowser } from "./page.mjs";

await withBrowser(async (browser) => {
  const result = { cases: {} };
  const { page, faults, outside } = await login(browser, "ciw_l1");
  await page.goto(view("desk"));
  await page.waitForSelector("table.queue tbody tr");
  const ids = await page.$$eval("table.queue tbody tr", (rows) =>
    rows.map((row) => row.dataset.case),
  );
  for (const id of ids.slice(0, config.most)) {
    await page.goto(view("desk", `?case=${id}`));
    await questionsAnswered(page);
    result.cases[id] = await page.$$eval("[data-question]", (cards) =>
      cards.map((card) => ({
        question: card.dataset.question,
        status: card.dataset.status,
        answer: card.querySelector(".ask .chip")?.firstChild.textContent,
        text: card.innerText,
        events: card.querySelector('a[href*="/search?"]')?.href,
      })),
    );
  }
  await page.setViewportSize({ width: 1440, height: 1750 });
  await page.goto(view("overview"));
  await page.waitForFunction((id) => document.body.innerText.includes(id), ids[0]);
  await page.waitForFunction(() => document.body.innerText.includes("Instances created"));
  result.overview = await page.innerText("body");
  result.faults = faults;
  result.outside = outside;
  return result;
});
