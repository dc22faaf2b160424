// Sends a complaint, and then that it was withdrawn. Node 18 or newer; nothing else is needed.
const INTAKE = process.env.REDRESS_INTAKE ?? "http://127.0.0.1:8080";
const KEY = process.env.REDRESS_KEY;
const TRIES = 8;

const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

// Until it is kept. The same body again is the same event, so sending again does no harm.
async function send(path, body) {
  const headers = {
    "Content-Type": "application/json",
    // What stays the same when it is sent again: of an event without it, a second try would be a second event.
    "Idempotency-Key": `${path} ${body.type ?? "complaint"}`,
    ...(KEY && { Authorization: `Bearer ${KEY}` }),
  };
  for (let tries = 1; ; tries++) {
    let answer;
    try {
      answer = await fetch(INTAKE + path, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(30_000),
      });
    } catch (error) { // nobody answered: it may have been kept
      if (tries === TRIES) throw error;
      await sleep(1);
      continue;
    }
    if (answer.ok) return answer.json();
    const problem = await answer.json();
    if (![429, 503].includes(answer.status) || tries === TRIES) {
      const faults = problem.errors.map((fault) => `${fault.pointer}: ${fault.detail}`);
      throw new Error([problem.detail, ...faults].join("\n"));
    }
    await sleep(Number(answer.headers.get("Retry-After")));
  }
}

const complaint = {
  channel: "web",
  external_ref: "order-4713",
  customer: { id: "c-42" },
  category: "delivery",
  subject: "Parcel",
  body: "It came broken.",
};
console.log(JSON.stringify(await send("/v1/complaints", complaint)));
console.log(JSON.stringify(
  await send("/v1/channels/web/complaints/order-4713/events", { type: "complaint_withdrawn" }),
));
