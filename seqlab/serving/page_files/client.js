// Requests to the server that this page is from, and to no other.

export async function failure(response) {
  const content = await response.json().catch(() => null);
  return content?.error?.message ?? `the server answered ${response.status}`;
}

export async function ask(path, body, signal) {
  const response = await fetch(path, {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body), signal,
  });
  if (!response.ok) throw new Error(await failure(response));
  return response;
}

export const answerOf = async (path, body, signal) => (await ask(path, body, signal)).json();

/** The server-sent events of a response, as {event, data}. */
export async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const fields = Object.fromEntries(part.split("\n").map(line => line.split(/: (.*)/s)));
      if (fields.data) yield {event: fields.event, data: JSON.parse(fields.data)};
    }
  }
}
