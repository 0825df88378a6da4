// Reads {policy, trust, requests: [[action, resource, context], ...]} and writes for each request
// whether it is allowed; `trust` is the policy of the role that is asked for, or null. The first
// request of each action also goes through the engine's own check of what is asked: names of
// actions, types of context keys, the policy itself.
const { readFileSync } = require("node:fs");
const { runSimulation, runUnsafeSimulation } = require("@cloud-copilot/iam-simulate");

const ACCOUNT = "123456789012";
const all = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
const { policy, trust, requests } = JSON.parse(readFileSync(0, "utf8"));
const checked = new Set();

async function allowed([action, resource, contextVariables]) {
  const simulation = {
    request: {
      principal: `arn:aws:sts::${ACCOUNT}:assumed-role/lqe/session`,
      action,
      resource: { resource, accountId: ACCOUNT },
      contextVariables,
    },
    identityPolicies: [{ name: "tenant_data", policy }],
    serviceControlPolicies: [{ orgIdentifier: "root", policies: [{ name: "all", policy: all }] }],
    resourceControlPolicies: [],
    ...(trust && { resourcePolicy: trust }),
  };
  // The quick way knows no policy of a role.
  const quick = trust ? null : runUnsafeSimulation(simulation, {});
  if (quick && checked.has(action)) return quick === "Allowed";
  const { resultType, errors, overallResult } = await runSimulation(simulation, {});
  // A name that no object can have is none to check by.
  if (errors?.message === "no.resource.types") return false;
  if (resultType === "error" || (quick && overallResult !== quick)) {
    throw new Error(`${action} on ${resource}: ${JSON.stringify(errors ?? overallResult)}`);
  }
  checked.add(action);
  return overallResult === "Allowed";
}

(async () => {
  const answers = [];
  for (const request of requests) answers.push(await allowed(request));
  process.stdout.write(JSON.stringify(answers));
})();
