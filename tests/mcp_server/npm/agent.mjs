// An agent by one of the protocol's TypeScript clients. Prints what it saw as JSON.
//
// Usage: node agent.mjs CLIENT URL [TOKEN]

import process from "node:process";
import * as stateless from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const CLIENTS = {
  // Begins with a handshake.
  sdk: () => [new Client(ME), StreamableHTTPClientTransport],
  // Says all with each request.
  client: () => [
    new stateless.Client(ME, { versionNegotiation: { mode: { pin: "2026-07-28" } } }),
    stateless.StreamableHTTPClientTransport,
  ],
};
const ME = { name: "typescript-agent", version: "1.0.0" };
const INSIGHT = "Champions who leave take the renewal with them";

const [name, url, token] = process.argv.slice(2);
const [client, Transport] = CLIENTS[name]();
const headers = token ? { Authorization: `Bearer ${token}` } : {};

try {
  await client.connect(new Transport(new URL(url), { requestInit: { headers } }));
  const call = (tool, args) => client.callTool({ name: tool, arguments: args });

  const { tools } = await client.listTools();
  const found = await call("memory_search", { query: "champions" });
  const stored = await call("memory_store", {
    type: "insight",
    content: { insight: INSIGHT },
  });
  const { id } = stored.structuredContent.memory;
  const again = await call("memory_search", { query: "champions" });
  const resource = await client.readResource({ uri: `memory://${id}` });
  const prompt = await client.getPrompt({ name: "weekly_digest" });
  console.log(
    JSON.stringify({
      tools: tools.map((tool) => tool.name),
      before: found.structuredContent.total,
      after: again.structuredContent.results.map((each) => each.id),
      id,
      text: resource.contents[0].text,
      prompt: prompt.messages[0].content.text,
    }),
  );
  await client.close();
} catch (error) {
  console.log(JSON.stringify({ error: String(error), code: error.code }));
}
