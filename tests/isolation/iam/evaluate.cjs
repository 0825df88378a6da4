// Reads {policy, requests: [[action, resource, context], ...]} and writes for each request whether
// it is allowed. The first request of each action also goes through the engine's own check of what
// is asked: names of actions, types of context keys, the policy itself.
const { readFileSync } = require("node:fs");
const { runSimulation, runUnsafeSimulation } = require("@cloud-copilot/iam-simulate");

const ACCOUNT = "123456789012";
const all = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
const { policy, requests } = JSON.parse(readFileSync(0, "utf8"));
const checked = new Set();

async function allowed([action, resource, contextVariables]) {
  const simulation = {
    request: {
      principal: `arn:aws:sts::${ACCOUNT}:assumed-role/lqe-tenant-data/session`,
      action,
      resource: { resource, accountId: ACCOUNT },
      contextVariables,
    },
    identityPolicies: [{ name: "tenant_data", policy }],
    serviceControlPolicies: [{ orgIdentifier: "root", policies: [{ name: "all", policy: all }] }],
    resourceControlPolicies: [],
  };
  const answer = runUnsafeSimulation(simulation, {});
  if (!checked.has(action)) {
    const found = await runSimulation(simulation, {});
    // A name that no object can have is none to check by.
    if (found.errors?.message === "no.resource.types") return false;
    if (found.resultType === "error" || found.overallResult !== answer) {
      throw new Error(`${action} on ${resource}: ${JSON.stringify(found.errors ?? found)}`);
    }
    checked.add(action);
  }
  return answer === "Allowed";
}

(async () => {
  const answers = [];
  for (const request of requests) answers.push(await allowed(request));
  process.stdout.write(JSON.stringify(answers));
})();
