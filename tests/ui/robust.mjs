// Case documents of unexpected types, a page that fails to draw, searches that never answer.
import { config, login, questionsAnswered, view, withBrowser } from "./page.mjs";

await withBrowser(async (browser) => {
  const result = { heads: [] };
  const { page, faults, context } = await login(browser, "ciw_l1");
  await page.goto(view("desk", "?state=all"));
  await page.waitForSelector("table.queue tbody tr");
  result.rows = await page.locator("table.queue tbody tr").count();
  for (const id of config.odd) {
    await page.goto(view("desk", `?case=${id}`));
    await questionsAnswered(page);
    result.heads.push(await page.innerText(".head"));
  }
  result.faults = [...faults];

  // The page of a case cannot be drawn: it says so, and the queue is one click away.
  const broken = await context.newPage();
  await broken.addInitScript(() => {
    const real = Date.prototype.toISOString;
    Date.prototype.toISOString = function toISOString() {
      if (window.location.search.includes("case=")) throw new Error("made to fail");
      return real.call(this);
    };
  });
  await broken.goto(view("desk", `?case=${config.good}`));
  await broken.waitForSelector('[data-testid="broken"]');
  result.broken = await broken.innerText('[data-testid="broken"]');
  await broken.getByRole("button", { name: "Back to the queue" }).click();
  await broken.waitForSelector("table.queue tbody tr");
  result.backAt = new URL(broken.url()).search;

  // Who is logged in cannot be told at first: the page says so and asks again when told to.
  const stranger = await context.newPage();
  await stranger.route("**/ciw_triage/whoami*", (route) => route.fulfill({ status: 503, json: {} }));
  await stranger.goto(view("desk"));
  const unknown = stranger.getByRole("alert").filter({ hasText: "Who you are could not be read" });
  result.stranger = await unknown.innerText();
  await stranger.unroute("**/ciw_triage/whoami*");
  await unknown.getByRole("button", { name: "Try again" }).click();
  await unknown.waitFor({ state: "detached" });
  await stranger.locator("table.queue tbody input").first().check();
  await stranger.getByRole("button", { name: "Assign to me" }).waitFor();

  // One search is never dispatched, another never ends; both give up and can be asked again.
  const slow = await context.newPage();
  await slow.clock.install();
  await slow.route("**/ciw_question_known_user/dispatch*", () => {});
  await slow.route("**/ciw_question_business_hours/dispatch*", (route) =>
    route.fulfill({ status: 201, json: { sid: "never" } }),
  );
  await slow.route("**/search/jobs/never?*", (route) =>
    route.fulfill({ json: { entry: [{ content: { isDone: false, isFailed: false } }] } }),
  );
  await slow.goto(view("desk", `?case=${config.good}`));
  await slow.waitForSelector('[data-testid="rule"]');
  for (let second = 0; second < 70; second += 2) {
    await slow.clock.runFor(2000);
  }
  await questionsAnswered(slow);
  const card = (name) => slow.locator(`[data-question="${name}"]`);
  result.unanswered = await card("known_user").innerText();
  result.endless = await card("business_hours").innerText();
  await slow.unroute("**/ciw_question_known_user/dispatch*");
  await card("known_user").getByRole("button", { name: "Search again" }).click();
  await card("known_user").getByRole("button", { name: "Confirm" }).waitFor();

  // A search that ended carries messages: what warns of it is told beside its rows.
  const warned = await context.newPage();
  const messages = [
    { type: "INFO", text: "Nothing that matters." },
    { type: "WARN", text: "Search peer <b>indexer-2</b> did not answer." },
    { type: "ERROR", text: "A lookup was left out." },
    { type: "WARN", text: "Search peer <b>indexer-2</b> did not answer." },
  ];
  await warned.route("**/search/jobs/*", async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const response = await route.fetch();
    const body = await response.json();
    for (const { content } of body.entry ?? []) content.messages = messages;
    return route.fulfill({ response, json: body });
  });
  await warned.goto(view("desk", `?case=${config.good}&tab=l2`));
  const told = warned.locator('[data-panel="Timeline"] .warned');
  await told.waitFor();
  result.warned = await told.innerText();
  result.warnedLines = await told.evaluate(
    (one) => one.getClientRects().length === 1 && one.clientHeight < 30,
  );
  result.beside = await warned.locator('[data-panel="Timeline"] table').count();
  await warned.goto(view("desk", `?case=${config.good}`));
  await questionsAnswered(warned);
  result.warnedCards = await warned.locator("[data-question] .warned").count();
  // What such a search did not find is unknown, not a no.
  await warned.goto(view("desk", `?case=${config.clean}`));
  await questionsAnswered(warned);
  result.warnedRule = await warned.getAttribute('[data-testid="rule"]', "data-verdict");
  result.warnedNo = await warned.locator('[data-question="data_volume"]').innerText();
  await warned.route("**/search/v2/jobs/*/results?*", (route) =>
    route.fulfill({ json: { results: [] } }),
  );
  await warned.goto(view("desk", `?case=${config.clean}`));
  await questionsAnswered(warned);
  result.warnedNothing = await warned.locator('[data-question="data_volume"]').innerText();
  await warned.goto(view("desk", `?case=${config.clean}&tab=l2`));
  const related = warned.locator('[data-panel="Related instances"]');
  await related.locator(".warned").waitFor();
  result.warnedEmpty = await related.innerText();
  return result;
});
