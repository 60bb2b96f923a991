// Says of each chain (files beside each other, leaf first, root last) whether a TLS client in Node takes it.
"use strict";
const { readFileSync } = require("node:fs");
const tls = require("node:tls");

function takes(chain, key) {
  const files = chain.split(",").map((file) => readFileSync(file, "utf8"));
  const ca = files.pop();
  return new Promise((said) => {
    const server = tls.createServer({ cert: files.join(""), key }, (socket) => socket.end());
    server.on("tlsClientError", () => {});
    server.listen(0, "127.0.0.1", () => {
      const about = { port: server.address().port, host: "127.0.0.1", ca, checkServerIdentity: () => undefined };
      const client = tls.connect(about, () => { client.destroy(); server.close(() => said("takes")); });
      client.on("error", (error) => server.close(() => said(`refuses: ${error.code} ${error.message}`)));
    });
  });
}

(async () => {
  const key = readFileSync(process.argv[2], "utf8");
  for (const chain of process.argv.slice(3)) console.log(await takes(chain, key));
})();
